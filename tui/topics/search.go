package topics

import (
	"context"
	"fmt"

	"plcscope/flows/index"
)

// Search implements pane.Searcher: in the names of all topics, also those that are folded
// away, in the order of the tree.
func (v *view) Search(find index.Finder, backwards bool, done func(bool)) {
	t, at := v.tree, v.at
	hit := (*node)(nil)
	look := func(ctx context.Context) error {
		all, from := t.all(at, backwards)
		n := len(all)
		for i := 1; i <= n && ctx.Err() == nil; i++ {
			j := (from + i) % n
			if backwards {
				j = (from - i + n) % n
			}
			if find([]byte(all[j].path)) >= 0 {
				hit = all[j]
				return nil
			}
		}
		return nil
	}
	finish := func(error) { done(hit != nil && v.to(hit.path)) }
	if t.topics <= many {
		finish(look(context.Background()))
		return
	}
	v.d.Work(fmt.Sprintf("searching %d topics", t.topics), look, finish)
}

// all are the nodes of topics in the order of the tree, as if nothing were folded, and
// where that of path is; of mere levels, where a search from there begins.
func (t *tree) all(path string, backwards bool) (list []*node, at int) {
	at = -1
	if backwards {
		at = 0
	}
	var walk func(nodes []*node)
	walk = func(nodes []*node) {
		for _, n := range nodes {
			if n.path == path {
				at = len(list)
				if n.topic == index.NoTopic && !backwards {
					at--
				}
			}
			if n.topic != index.NoTopic {
				list = append(list, n)
			}
			walk(n.children)
		}
	}
	walk(t.roots)
	return list, at
}
