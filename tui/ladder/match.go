package ladder

// maxMatched bounds the lists that are aligned with care; longer ones are put side by
// side as they stand.
const maxMatched = 1000

// match aligns two lists: pairs of places, of which one is -1 where the other list has
// something of its own. Elements with the same key belong together, as many as possible.
func match[T any](a, b []T, key func(T) string) (out [][2]int) {
	if len(a) > maxMatched || len(b) > maxMatched {
		for i := range max(len(a), len(b)) {
			m := [2]int{i, i}
			if i >= len(a) {
				m[0] = -1
			}
			if i >= len(b) {
				m[1] = -1
			}
			out = append(out, m)
		}
		return out
	}
	x, y := keys(a, key), keys(b, key)
	length := make([][]int16, len(a)+1) // of the longest list that the rests have in common
	for i := range length {
		length[i] = make([]int16, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && x[i] == y[j]:
			out = append(out, [2]int{i, j})
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && length[i+1][j] >= length[i][j+1]:
			out = append(out, [2]int{i, -1})
			i++
		default:
			out = append(out, [2]int{-1, j})
			j++
		}
	}
	return out
}

func keys[T any](l []T, key func(T) string) []string {
	out := make([]string, len(l))
	for i := range l {
		out[i] = key(l[i])
	}
	return out
}
