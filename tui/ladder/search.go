package ladder

import (
	"context"

	"plcscope/flows/index"
)

// Search implements pane.Searcher: in the bytes of the messages that are shown, and in
// the names of their kinds.
func (v *view) Search(find index.Finder, backwards bool, done func(bool)) {
	ix, s, at := v.d.Scope().Index, v.script, v.grid.Row()
	n, step := len(s.rows), 1
	if backwards {
		step = -1
	}
	found := uint32(0)
	unread := 0
	v.d.Work("searching", func(ctx context.Context) error {
		r := ix.NewReader()
		defer r.Close()
		for i := 1; i <= n && found == 0; i++ {
			if i&0xff == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			l := s.rows[((at+i*step)%n+n)%n]
			if l&isEvent != 0 {
				continue
			}
			b, err := r.Bytes(uint32(l))
			if err != nil {
				unread++
			}
			m, _ := ix.Message(uint32(l))
			if find(b) >= 0 || find([]byte(brief(&m))) >= 0 {
				found = uint32(l)
			}
		}
		return nil
	}, func(err error) {
		if err != nil {
			return // it was cancelled
		}
		i, ok := v.script.find(found)
		if ok = ok && found != 0; ok {
			v.grid.Select(i)
		}
		done(ok)
		if !ok && unread > 0 {
			v.d.Say("not found; %d messages could not be read", unread)
		}
	})
}
