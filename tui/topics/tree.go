package topics

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"plcscope/flows/index"
)

// order is what siblings are sorted by.
type order uint8

const (
	byName order = iota
	byCount
	byLast
	orders
)

func (o order) String() string {
	return [...]string{"name", "count", "last seen"}[min(o, orders-1)]
}

// node is a topic, or levels that several topics have in common. Levels that do not
// branch are one node, so that there are never more than two for each topic.
type node struct {
	path     string // whole levels from the first one on, without a slash at the end
	label    int    // where in path the levels begin that are not the parent's
	depth    int
	topic    uint32 // number of the topic of that name, or index.NoTopic
	last     uint32 // its latest message
	at       int    // of the topic in the list that the tree was built from
	children []*node
	parent   *node
	sum      sum
	rate     *counts // of all topics below, only where there are any
}

// sum adds up a node and all below it.
type sum struct {
	topics                       int
	count, bytes, retained, dups uint64
	qos                          [4]uint64
	lastTime                     int64
}

func (s *sum) add(t *sum) {
	s.topics += t.topics
	s.count += t.count
	s.bytes += t.bytes
	s.retained += t.retained
	s.dups += t.dups
	for i := range s.qos {
		s.qos[i] += t.qos[i]
	}
	s.lastTime = max(s.lastTime, t.lastTime)
}

// inner reports whether there is something below a node.
func (n *node) inner() bool { return len(n.children) > 0 }

// name is how the node is written below its parent.
func (n *node) name() string {
	s := n.path[n.label:]
	if n.inner() {
		return s + "/"
	}
	return s
}

// tree is all topics at one time.
type tree struct {
	roots  []*node
	nodes  int
	levels []int    // how many nodes there are of each depth
	topics int      // that there are, also those that are not shown
	sorted []uint32 // numbers of all topics by name
	span   span
	byName map[string]*node
}

// build makes the tree of those topics whose name contains narrow, in small letters.
// before is the tree of the time before, whose order is used again, or nil.
func build(topics []index.Topic, before *tree, by order, reverse bool, narrow string, over span) *tree {
	t := &tree{topics: len(topics), span: over, byName: make(map[string]*node, len(topics))}
	b := builder{t: t, by: by, reverse: reverse}
	b.topics = make([]*index.Topic, 0, len(topics))
	t.sorted = make([]uint32, 0, len(topics))
	for _, x := range sorted(topics, before) {
		t.sorted = append(t.sorted, x.Number)
		if narrow == "" || strings.Contains(strings.ToLower(string(x.Name)), narrow) {
			b.topics = append(b.topics, x)
			b.names = append(b.names, string(x.Name))
		}
	}
	t.roots = b.children(0, len(b.topics), 0, nil)
	return t
}

// sorted are the topics by name. Sorting takes longest of all, and most of them were
// there the time before.
func sorted(topics []index.Topic, before *tree) []*index.Topic {
	known := map[uint32]int{}
	if before != nil {
		known = make(map[uint32]int, len(before.sorted))
		for i, n := range before.sorted {
			known[n] = i
		}
	}
	old := make([]*index.Topic, len(known))
	var added []*index.Topic
	for i := range topics {
		x := &topics[i]
		if at, ok := known[x.Number]; ok {
			old[at] = x
		} else {
			added = append(added, x)
		}
	}
	slices.SortFunc(added, func(a, b *index.Topic) int { return compare(a.Name, b.Name) })
	if len(old) == 0 {
		return added
	}
	list := make([]*index.Topic, 0, len(topics))
	for _, x := range old {
		if x == nil {
			continue // an index forgets none
		}
		for len(added) > 0 && compare(added[0].Name, x.Name) < 0 {
			list, added = append(list, added[0]), added[1:]
		}
		list = append(list, x)
	}
	return append(list, added...)
}

// compare orders names level by level, numbers in them by their value; topics of the
// broker come behind all others.
func compare(a, b []byte) int {
	if da, db := len(a) > 0 && a[0] == '$', len(b) > 0 && b[0] == '$'; da != db {
		if da {
			return 1
		}
		return -1
	}
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	from := i
	for from > 0 && digit(a, from-1) {
		from--
	}
	if x, y := digits(a[from:]), digits(b[from:]); len(x) > 0 && len(y) > 0 && i <= from+min(len(x), len(y)) {
		m, n := bytes.TrimLeft(x, "0"), bytes.TrimLeft(y, "0")
		if c := cmp.Or(cmp.Compare(len(m), len(n)), bytes.Compare(m, n), cmp.Compare(len(x), len(y))); c != 0 {
			return c
		}
	}
	switch {
	case i == len(a) || i == len(b):
		return cmp.Compare(len(a), len(b))
	case a[i] == '/':
		return -1
	case b[i] == '/':
		return 1
	}
	return cmp.Compare(a[i], b[i])
}

func digit(s []byte, i int) bool { return i < len(s) && '0' <= s[i] && s[i] <= '9' }

// digits are those that s begins with.
func digits(s []byte) []byte {
	n := 0
	for digit(s, n) {
		n++
	}
	return s[:n]
}

type builder struct {
	t       *tree
	topics  []*index.Topic // sorted by compare
	names   []string
	by      order
	reverse bool
}

// children makes the nodes of topics from to to, all of which begin with the same from
// bytes.
func (b *builder) children(lo, hi, from int, parent *node) (list []*node) {
	for lo < hi {
		end := levelEnd(b.names[lo], from)
		next := lo + 1
		for next < hi && sameLevel(b.names[lo], b.names[next], from, end) {
			next++
		}
		list = append(list, b.node(lo, next, from, parent))
		lo = next
	}
	b.sort(list)
	return list
}

// node makes the node of topics that have one level from from on in common.
func (b *builder) node(lo, hi, from int, parent *node) *node {
	first, last := b.names[lo], b.names[hi-1]
	end := levelEnd(first, from)
	for end < len(first) { // as many levels as all have in common
		more := levelEnd(first, end+1)
		if !sameLevel(first, last, end+1, more) {
			break
		}
		end = more
	}
	n := &node{path: first[:end], label: from, parent: parent}
	if parent != nil {
		n.depth = parent.depth + 1
	}
	b.t.nodes++
	for len(b.t.levels) <= n.depth {
		b.t.levels = append(b.t.levels, 0)
	}
	b.t.levels[n.depth]++
	b.t.byName[n.path] = n
	n.at = lo
	for ; lo < hi && len(b.names[lo]) == end; lo++ { // one, unless somebody uses our name for the rest
		x := b.topics[lo]
		n.topic, n.last = x.Number, x.Last
		n.sum.add(&sum{1, x.Count, x.Bytes, x.Retained, x.Dups, x.QoS, x.LastTime})
	}
	if lo == hi {
		return n
	}
	n.rate = new(counts)
	if n.topic != index.NoTopic {
		b.t.span.spread(b.topics[n.at], n.rate)
	}
	n.children = b.children(lo, hi, end+1, n)
	for _, c := range n.children {
		n.sum.add(&c.sum)
		if !c.inner() {
			b.t.span.spread(b.topics[c.at], n.rate)
			continue
		}
		for i := range n.rate {
			n.rate[i] += c.rate[i]
		}
	}
	return n
}

// levelEnd is the end of the level that begins at from.
func levelEnd(name string, from int) int {
	if i := strings.IndexByte(name[from:], '/'); i >= 0 {
		return from + i
	}
	return len(name)
}

// sameLevel reports whether name has the same level from from to to as first.
func sameLevel(first, name string, from, to int) bool {
	return len(name) >= to && name[from:to] == first[from:to] && (len(name) == to || name[to] == '/')
}

func (b *builder) sort(list []*node) {
	sign := 1
	if b.reverse {
		sign = -1
	}
	switch b.by {
	case byCount:
		slices.SortStableFunc(list, func(x, y *node) int { return -sign * cmp.Compare(x.sum.count, y.sum.count) })
	case byLast:
		slices.SortStableFunc(list, func(x, y *node) int { return -sign * cmp.Compare(x.sum.lastTime, y.sum.lastTime) })
	default:
		if b.reverse {
			slices.Reverse(list)
		}
	}
}
