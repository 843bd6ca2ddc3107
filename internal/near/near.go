// Package near finds the names that somebody may have meant who typed another
// one, for messages such as "there is no rule X; near it: Y". It compares letters
// and knows nothing of what the names stand for.
package near

import (
	"cmp"
	"slices"
	"strings"
)

// Names returns at most n of the names that are nearest to the one typed, the
// nearest first. Names that hold it whole come before all others. Capitals count as
// small letters.
func Names(typed string, names []string, n int) []string {
	typed = strings.ToLower(typed)
	type candidate struct {
		name string
		far  int
	}
	l := make([]candidate, len(names))
	for i, name := range names {
		l[i].name = name
		if name = strings.ToLower(name); !strings.Contains(name, typed) {
			l[i].far = distance(typed, name)
		}
	}
	slices.SortStableFunc(l, func(a, b candidate) int { return cmp.Compare(a.far, b.far) })
	var out []string
	for _, c := range l[:min(n, len(l))] {
		out = append(out, c.name)
	}
	return out
}

// distance is the number of characters to insert, delete or replace to make b of
// a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := diagonal
			if a[i] != b[j] {
				d++
			}
			diagonal = row[j+1]
			row[j+1] = min(d, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
