package topics

// line is a line of a payload beside another: one that both have, that only the one
// before has, or only the present one.
type line struct {
	sign byte // ' ', '-' or '+'
	text string
}

// maxCompared bounds the lines that are compared: it takes the product of both numbers.
const maxCompared = 400

// compared is the present payload with the lines in which the one before differs, and
// false when they are too long to be compared.
func compared(before, now []string) ([]line, bool) {
	var head, tail []line
	for len(before) > 0 && len(now) > 0 && before[0] == now[0] {
		head = append(head, line{' ', now[0]})
		before, now = before[1:], now[1:]
	}
	same := 0
	for same < len(before) && same < len(now) && before[len(before)-1-same] == now[len(now)-1-same] {
		same++
	}
	for _, s := range now[len(now)-same:] {
		tail = append(tail, line{' ', s})
	}
	before, now = before[:len(before)-same], now[:len(now)-same]
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
	l := head
	i, j := 0, 0
	for i < len(before) || j < len(now) {
		switch {
		case i < len(before) && j < len(now) && before[i] == now[j]:
			l = append(l, line{' ', now[j]})
			i, j = i+1, j+1
		case j == len(now) || i < len(before) && common[i+1][j] >= common[i][j+1]:
			l = append(l, line{'-', before[i]})
			i++
		default:
			l = append(l, line{'+', now[j]})
			j++
		}
	}
	return append(l, tail...), true
}
