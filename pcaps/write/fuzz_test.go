package write

import (
	"bytes"
	"testing"

	"plcscope/pcaps"
)

// FuzzCutAnywhere writes frames made of what the fuzzer invents, plain and packed, and
// cuts the file: what is left must be the beginning of the frames, and all those that
// were flushed before the cut.
func FuzzCutAnywhere(f *testing.F) {
	f.Add([]byte("some bytes that become frames of several lengths, one behind the other"), uint16(300), false)
	f.Add(bytes.Repeat([]byte{9, 200, 3, 0, 255}, 200), uint16(900), true)
	f.Fuzz(func(t *testing.T, b []byte, cut uint16, packed bool) {
		var out bytes.Buffer
		r, err := New(Options{Out: &out, Compress: packed, Interfaces: twoInterfaces, FlushEvery: 1 << 62})
		if err != nil {
			t.Fatal(err)
		}
		var all []pcaps.Frame
		safe := 0
		for len(b) > 4 && len(all) < 200 {
			n := min(int(b[0]), len(b)-4)
			fr := pcaps.Frame{Time: max(int64(int8(b[1]))<<(b[2]%57), -9_223_372_036e9), Iface: uint32(b[2] % 3), File: uint16(b[3] % 2), Link: pcaps.LinkType(b[2] % 2), Length: uint32(b[3]), Data: b[4 : 4+n]}
			comment := ""
			if b[0]%7 == 0 {
				comment = string(fr.Data)
			}
			r.WriteComment(&fr, comment)
			all = append(all, fr)
			if b[3]%4 == 0 {
				r.Flush()
				if out.Len() <= int(cut) {
					safe = len(all)
				}
			}
			b = b[4+n:]
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if out.Len() <= int(cut) {
			safe = len(all)
		}
		c, err := pcaps.NewReader(bytes.NewReader(out.Bytes()[:min(int(cut), out.Len())]), "cut", pcaps.Options{})
		if err != nil {
			if safe > 0 {
				t.Fatalf("%d frames are lost: %v", safe, err)
			}
			return
		}
		defer c.Close()
		got := frames(t, c)
		if len(got) < safe || len(got) > len(all) {
			t.Fatalf("%d frames, %d of %d were flushed", len(got), safe, len(all))
		}
		for i := range got {
			w, g := &all[i], &got[i]
			if w.Time != g.Time || w.Length != g.Length || w.Link != g.Link || !bytes.Equal(w.Data, g.Data) {
				t.Fatalf("frame %d is %+v, was %+v", i, *g, *w)
			}
		}
	})
}
