package topics

// few is how many rows are shown unfolded when nobody has folded any.
const few = 200

// folds is what the user has folded (true) or unfolded (false), by path; of all else the
// number of rows decides.
type folds map[string]bool

// depth is the depth from which on nodes are folded when nobody has said otherwise.
func (t *tree) depth() int {
	if t.nodes <= few {
		return len(t.levels)
	}
	shown := 0
	for d, n := range t.levels {
		if shown += n; shown > few {
			if d <= 1 && t.levels[0] <= 3 { // a line or two would tell nothing
				return 1
			}
			return max(d-1, 0)
		}
	}
	return len(t.levels)
}

func (f folds) folded(n *node, depth int) bool {
	if !n.inner() {
		return false
	}
	if is, said := f[n.path]; said {
		return is
	}
	return n.depth >= depth || n.depth == 0 && n.path[:min(1, len(n.path))] == "$"
}

// rows lists the nodes that are not folded away. Beside them it returns where path is, or
// what it is folded into, or -1.
func (t *tree) rows(f folds, path string, known bool, rows []*node) ([]*node, int) {
	at, depth := -1, t.depth()
	var list func(nodes []*node)
	list = func(nodes []*node) {
		for _, n := range nodes {
			if known && below(path, n.path) {
				at = len(rows)
			}
			rows = append(rows, n)
			if n.inner() && !f.folded(n, depth) {
				list(n.children)
			}
		}
	}
	list(t.roots)
	return rows, at
}

// below reports whether path is prefix or lies below it.
func below(path, prefix string) bool {
	return len(path) >= len(prefix) && path[:len(prefix)] == prefix && (len(path) == len(prefix) || path[len(prefix)] == '/')
}
