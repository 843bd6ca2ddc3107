package s7rules

import (
	"slices"
	"testing"

	"plcscope/internal/talk"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

// FuzzEngine lets two sides send any bytes to each other: input is a list of
// segments, each with a byte for its sender, a byte for its length, and its bytes.
// Nothing may panic; a mirror port that shows everything twice changes nothing; and
// without the start of the connection no rule on sequences is held broken.
func FuzzEngine(f *testing.F) {
	add := func(parts ...[]byte) {
		var b []byte
		for i, p := range parts {
			b = append(append(b, byte(i), byte(len(p))), p...)
		}
		f.Add(b)
	}
	start := [][]byte{cr(), cc(), setup(1, 240), granted(1, 240)}
	add(append(slices.Clone(start), read(1, db(4)), values(1, octets(4)), write(2, db(4), octets(4)), written(2, 0xFF))...)
	add(append(slices.Clone(start), szl(1, 0x0424), szlData(1, 0x0424, part(9, 1)), next(2, 3), szlData(2, 0x0424, part(9, 0)))...)
	add(append(slices.Clone(start), blockJob(1, 0x1D, 0, db1), blockAnswer(1, 0x1D, 7), blockJob(2, 0x1E, 7, nil), blockAnswer(2, 0x1E, 0, 1, 2))...)
	add(append(slices.Clone(start), blockJob(1, 0x1A, 0, db1), blockAnswer(1, 0x1A, 0), emptyDTBytes, blockJob(9, 0x1B, 0, db1), blockAnswer(9, 0x1B, 0, 1, 2))...)
	add(append(slices.Clone(start), read(1, dbs(3, 4)...), refused(1, 0x8104), patch(read(2, db(4)), 13, 9), []byte{0x32, 1, 0})...)
	add(cr(), tpdu(6, 0x80, 0, 1, 0, 0, 3), tpdu(4, 0x70, 0, 1, 3), tpdu(4, 0xF0, 0, 1, 3), tpdu(4, 0x60, 0, 1, 3))
	f.Fuzz(func(t *testing.T, b []byte) {
		capture := craft.New()
		conn := capture.Connect(craft.Host(hmiAddr+":2000"), craft.Host(plcAddr))
		for len(b) > 2 && len(capture.Frames()) < 400 {
			n := min(int(b[1]), len(b)-2)
			if p := b[2 : 2+n]; b[0]&1 == 0 {
				conn.Client(p)
			} else {
				conn.Server(p)
			}
			if b[0]&0x40 != 0 {
				conn.After(3e9)
			}
			b = b[2+n:]
		}
		frames := capture.Frames()
		once := talk.Findings(judge(frames))
		if again := talk.Findings(judge(frames)); !slices.Equal(once, again) {
			t.Errorf("first %q\nthen %q", once, again)
		}
		was := talk.Broken(judge(frames))
		if twice := talk.Broken(judge(craft.DuplicateFrames(craft.Mirror{})(frames))); !slices.Equal(was, twice) {
			t.Errorf("with all frames shown twice, broken are %q instead of %q", twice, was)
		}
		late := judge(frames[3:])
		for _, x := range late.Findings() {
			if x.Verdict == rules.Fail && x.Rule.Needs >= rules.Connection {
				t.Errorf("without the handshake: %s: %s", x.Rule.ID, x.Detail)
			}
		}
	})
}
