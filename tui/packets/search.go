package packets

import (
	"context"

	"plcscope/flows/index"
	"plcscope/tui/pane"
)

// hit is where something was found.
type hit struct {
	frame   uint32
	message uint32 // 0: in the bytes of the frame
	at      int    // offset
	around  bool   // behind the end, from the beginning on
	unread  int    // frames that could not be looked at
}

// Search implements pane.Searcher: it looks at the bytes of frames, and at those of
// messages that are spread over several or wrapped up in WebSocket.
func (v *view) Search(find index.Finder, backwards bool, done func(found bool)) {
	ix := v.d.Scope().Index
	from, last := v.present(), ix.Frames()
	sel := v.rows.selection()
	if v.stream != nil {
		from, sel = uint32(v.stream.place().Frame), nil
	}
	if last == 0 || from == 0 {
		done(false)
		return
	}
	conn := index.NoConn
	if v.stream != nil {
		conn = v.stream.conn
	}
	var h hit
	var ok bool
	v.d.Work("searching", func(ctx context.Context) error {
		s := &searching{ix: ix, r: ix.NewReader(), sel: sel, find: find, conn: conn}
		defer s.r.Close()
		var err error
		h, ok, err = s.run(ctx, from, last, backwards)
		return err
	}, func(err error) {
		if err != nil {
			return // cancelled
		}
		if ok {
			v.arrive(h)
		}
		done(ok)
	})
}

// arrive shows what was found.
func (v *view) arrive(h hit) {
	if v.stream != nil {
		if m := v.messageOf(h); m != 0 {
			v.stream.choose(m)
			v.d.Say("found in frame %d%s", h.frame, aroundText(h))
		}
		return
	}
	t := pane.Target{Frame: h.frame, Message: h.message, Bytes: [2]int{h.at, h.at + 1}}
	if !v.Show(t) {
		return
	}
	where := ""
	if k := v.shown.deepest(v.hex.tab, v.hex.cursor); k >= 0 && v.shown.nodes[k].field != nil {
		where = " (" + v.shown.nodes[k].field.Name + ")"
	}
	what := "byte"
	if h.message != 0 {
		what = "its message, byte"
	}
	v.d.Say("found in frame %d, %s %d%s%s", h.frame, what, h.at, where, aroundText(h))
}

func aroundText(h hit) (s string) {
	if h.around {
		s = "; the search went round the end of the capture"
	}
	if h.unread > 0 {
		s += "; " + count(h.unread, "frame") + " could not be read"
	}
	return s
}

// messageOf is the message in which something was found, or the last that its frame
// completes.
func (v *view) messageOf(h hit) uint32 {
	if h.message != 0 {
		return h.message
	}
	ix := v.d.Scope().Index
	if l := ix.MessagesIn(h.frame, nil); len(l) > 0 {
		return l[0]
	}
	if m := ix.Continues(h.frame); m != 0 {
		return m
	}
	return 0
}

// searching goes through the frames that the list shows.
type searching struct {
	ix   *index.Index
	r    *index.Reader
	sel  *index.Selection
	find index.Finder
	conn uint32 // only this one; NoConn: all
	list []uint32
}

// run looks from the frame behind from on to the end, then from the beginning on to from
// itself; or the other way round.
func (s *searching) run(ctx context.Context, from, last uint32, backwards bool) (hit, bool, error) {
	step := func(n uint32) uint32 { return n%last + 1 }
	if backwards {
		step = func(n uint32) uint32 { return (n+last-2)%last + 1 }
	}
	var h hit
	n := from
	for i := range last {
		if i&255 == 0 && ctx.Err() != nil {
			return h, false, ctx.Err()
		}
		before := n
		if n = step(n); !backwards && n < before || backwards && n > before {
			h.around = true
		}
		if s.sel != nil {
			if k := s.sel.Search(n); k >= s.sel.Len() || s.sel.At(k) != n {
				continue
			}
		}
		ok, err := s.frame(ctx, n, &h)
		if ok || err != nil {
			return h, ok, err
		}
	}
	return h, false, nil
}

// frame looks at a frame and the messages that it completes.
func (s *searching) frame(ctx context.Context, n uint32, h *hit) (bool, error) {
	if s.conn != index.NoConn {
		if f, ok := s.ix.Frame(n); !ok || f.Conn != s.conn {
			return false, nil
		}
	}
	f, err := s.r.Frame(n)
	if err != nil {
		h.unread++
	} else if at := s.find(f.Data); at >= 0 {
		h.frame, h.message, h.at = n, 0, at
		return true, nil
	}
	s.list = s.ix.MessagesIn(n, s.list[:0])
	for _, k := range s.list {
		m, ok := s.ix.Message(k)
		if !ok || m.FirstFrame == m.Frame && !m.WebSocket {
			continue // its bytes are those of the frame
		}
		if err := ctx.Err(); err != nil {
			return false, err
		}
		if b, err := s.r.Bytes(k); err != nil {
			h.unread++
		} else if at := s.find(b); at >= 0 {
			h.frame, h.message, h.at = n, k, at
			return true, nil
		}
	}
	return false, nil
}
