package topics

// change is a line that one payload has and the other has not.
type change struct {
	added bool
	text  string
}

// maxCompared bounds the lines that are compared: it takes the product of both numbers.
const maxCompared = 400

// changes are the lines in which two payloads differ, in order, and false when they are
// too long to be compared.
func changes(before, now []string) ([]change, bool) {
	for len(before) > 0 && len(now) > 0 && before[0] == now[0] {
		before, now = before[1:], now[1:]
	}
	for len(before) > 0 && len(now) > 0 && before[len(before)-1] == now[len(now)-1] {
		before, now = before[:len(before)-1], now[:len(now)-1]
	}
	if len(before) > maxCompared || len(now) > maxCompared {
		return nil, false
	}
	// common[i][j] is how many lines before[i:] and now[j:] have in common.
	common := make([][]int, len(before)+1)
	for i := range common {
		common[i] = make([]int, len(now)+1)
	}
	for i := len(before) - 1; i >= 0; i-- {
		for j := len(now) - 1; j >= 0; j-- {
			if before[i] == now[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var l []change
	i, j := 0, 0
	for i < len(before) || j < len(now) {
		switch {
		case i < len(before) && j < len(now) && before[i] == now[j]:
			i, j = i+1, j+1
		case j == len(now) || i < len(before) && common[i+1][j] >= common[i][j+1]:
			l = append(l, change{false, before[i]})
			i++
		default:
			l = append(l, change{true, now[j]})
			j++
		}
	}
	return l, true
}
