package report

import "maps"

// Copy returns the excuses as they are now, to be read while they go on to be asked.
func (x *Excuses) Copy() Excuses {
	var c Excuses
	for _, w := range x.Waivers {
		w := *w
		c.Waivers = append(c.Waivers, &w)
	}
	if b := x.Baseline; b != nil {
		y := *b
		y.entries = maps.Clone(b.entries)
		for k, e := range y.entries {
			e := *e
			y.entries[k] = &e
		}
		c.Baseline = &y
	}
	return c
}
