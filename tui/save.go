package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"plcscope/flows/index"
	"plcscope/pcaps"
	"plcscope/pcaps/write"
	"plcscope/tui/pane"
)

// errPrivate keeps addresses and payloads out of files while they are hidden.
var errPrivate = errors.New("in privacy mode no file is written, for it would hold addresses and payloads; :privacy off ends that")

// writeFiltered writes the frames that pass the filter, or all.
func (a *App) writeFiltered(name string, force bool) error {
	ix, sel, live := a.scope.Index, a.filter.frames, a.scope.Live()
	if a.filter.stopped {
		return errors.New("the filter was stopped before it had seen all frames; set it again")
	}
	return a.save(name, force, func(ctx context.Context, put func(uint32, uint64)) error {
		last := ix.Frames()
		if err := a.complete(ctx, sel, live); err != nil {
			return err
		}
		if sel == nil {
			if !live {
				last = ix.Frames()
			}
			for n := uint32(1); n <= last && ctx.Err() == nil; n++ {
				put(n, uint64(last))
			}
			return ctx.Err()
		}
		n := sel.Len()
		for i := 0; i < n && ctx.Err() == nil; i++ {
			put(sel.At(i), uint64(n))
		}
		return ctx.Err()
	})
}

// complete waits until all frames of a file are there and have been filtered.
func (a *App) complete(ctx context.Context, sel *index.Selection, live bool) error {
	for !live && (!a.scope.Index.Progress().Done || sel != nil && !sel.Done()) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

// writeSessions writes the connections of the chosen sessions, or of the selected one.
func (a *App) writeSessions(name string, force bool) error {
	ix := a.scope.Index
	sessions := slices.Clone(a.chosen.All())
	var conns []uint32
	if p := a.view().Place(); len(sessions) == 0 {
		switch {
		case p.Session != 0:
			sessions = append(sessions, p.Session)
		case p.Conn != 0:
			conns = append(conns, p.Conn-1)
		default:
			return errors.New("choose sessions first: space in the sessions")
		}
	}
	live := a.scope.Live()
	return a.save(name, force, func(ctx context.Context, put func(uint32, uint64)) error {
		if err := a.complete(ctx, nil, live); err != nil {
			return err
		}
		for _, s := range sessions {
			conns = ix.ConnsOf(s, conns)
		}
		var frames []uint32
		for _, c := range conns {
			frames = ix.FramesOf(c, frames, 0)
		}
		slices.Sort(frames)
		frames = slices.Compact(frames)
		for _, n := range frames {
			if put(n, uint64(len(frames))); ctx.Err() != nil {
				return ctx.Err()
			}
		}
		return nil
	})
}

// save writes the frames that each puts as a capture, beside the interface.
func (a *App) save(name string, force bool, each func(ctx context.Context, put func(n uint32, of uint64)) error) error {
	if a.words.Private {
		return errPrivate
	}
	name, err := a.place(name, force)
	if err != nil {
		return err
	}
	var written, unread uint64
	a.Work("writing "+filepath.Base(name), func(ctx context.Context) error {
		r := a.scope.Index.NewReader()
		defer r.Close()
		return create(name, func(w io.Writer) error {
			ring, err := write.New(write.Options{
				Name: name, Out: w, Compress: strings.HasSuffix(name, ".zst"),
				Section: pcaps.Section{Application: a.opt.Tool}, Describe: a.opt.Describe,
			})
			if err != nil {
				return err
			}
			done := uint64(0)
			err = each(ctx, func(n uint32, of uint64) {
				if done++; done%1024 == 0 {
					pane.Progress(ctx, done, of)
				}
				f, err := r.Frame(n)
				if err != nil {
					unread++
					return
				}
				ring.WriteFrame(f)
				written++
			})
			return errors.Join(err, ring.Close())
		})
	}, func(err error) {
		switch {
		case errors.Is(err, context.Canceled):
		case err != nil:
			a.Complain(fmt.Errorf("%s was not written: %w", name, err))
		case unread > 0:
			a.Complain(fmt.Errorf("%d frames are in %s; %d could no longer be read", written, name, unread))
		default:
			a.Say("%d frames are in %s", written, name)
		}
	})
	return nil
}
