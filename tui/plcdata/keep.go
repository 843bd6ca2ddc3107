package plcdata

import (
	"strconv"
	"strings"
)

// Keep implements pane.Keeper.
func (v *view) Keep() map[string]string {
	return map[string]string{
		"sort": v.by.String(), "reverse": strconv.FormatBool(v.reverse),
		"narrow": v.narrow, "details": strconv.FormatBool(v.details),
	}
}

// Restore implements pane.Keeper.
func (v *view) Restore(m map[string]string) {
	for o := range orders {
		if o.String() == m["sort"] {
			v.by = o
		}
	}
	v.reverse, v.details = m["reverse"] == "true", m["details"] != "false"
	v.narrow, v.stale = strings.ToLower(m["narrow"]), true
}
