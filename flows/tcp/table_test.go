package tcp

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const handshake = `
	A SYN
	B SYN ack 0
	A 0 ack 0
`

// conversations are the hazards of a capture, one each, and what a sink sees.
// Each is played with sequence numbers that wrap and such that do not.
var conversations = []struct {
	name string
	opt  Options
	say  string
	want string
}{
	{name: "in order",
		say: handshake + `
			A 0 "ask" ack 0
			B 0 "answer" ack 3
			A 3 FIN ack 6
			B 6 FIN ack 4
			A 4 ack 7`,
		want: `
			open
			A "ask"
			B "answer"
			A fin
			B fin
			closed fin`},
	{name: "nothing but a handshake", say: handshake, want: "open\nclosed end of capture"},
	{name: "data in the SYN",
		say: `
			A SYN "early"
			B SYN ack 5
			A 5 "more" ack 0`,
		want: "open\nA \"early\"\nA \"more\"\nclosed end of capture"},
	{name: "FIN with data, data after FIN",
		say: handshake + `
			A 0 "bye" FIN ack 0
			A 4 "ghost" ack 0
			A 3 "xghost" ack 0`,
		want: "open\nA \"bye\"\nA fin\nclosed end of capture"},
	{name: "two segments swapped",
		say: handshake + `
			A 3 "def" ack 0
			A 0 "abc" ack 0`,
		want: `
			open
			A "abc"
			A "def" #4
			closed end of capture`},
	{name: "a FIN overtakes the data",
		say: handshake + `
			A 3 FIN ack 0
			A 0 "abc" ack 0`,
		want: `
			open
			A "abc"
			A fin #4
			closed end of capture`},
	{name: "an RST overtakes the data",
		say: handshake + `
			A 3 RST ack 0
			A 0 "abc" ack 0`,
		want: `
			open
			A "abc"
			A rst #4
			closed rst`},
	{name: "retransmission, whole and overlapping",
		say: handshake + `
			A 0 "abc" ack 0
			wait 300ms
			A 0 "abc" ack 0
			A 1 "bcde" ack 0
			A 0 "abcdef" ack 0`,
		want: "open\nA \"abc\"\nA \"de\"\nA \"f\"\nclosed end of capture"},
	{name: "overlaps among what waits, first copy counts",
		say: handshake + `
			A 4 "EF" ack 0
			A 8 "IJ" ack 0
			A 2 "cdefghijkl" ack 0
			A 0 "ab" ack 0`,
		want: `
			open
			A "ab"
			A "cd" #6
			A "EF" #4
			A "gh" #6
			A "IJ" #5
			A "kl" #6
			closed end of capture`},
	{name: "lost and acknowledged: given up when patience ends",
		opt: Options{PatienceSegments: 4},
		say: handshake + `
			A 3 "def" ack 0
			B 0 ack 6
			A 6 "g" ack 0
			A 7 "h" ack 0
			A 8 "i" ack 0
			A 9 "j" ack 0`,
		want: `
			open
			A gap 3 lost
			A "def" #4
			A "g" #6
			A "h" #7
			A "i"
			A "j"
			closed end of capture`},
	{name: "lost and acknowledged: given up when time passes",
		say: handshake + `
			A 3 "def" ack 0
			B 0 ack 6
			wait 1s
			A 6 "g" ack 0`,
		want: `
			open
			A gap 3 lost
			A "def" #4
			A "g"
			closed end of capture`},
	{name: "given up by the clock of another connection",
		say: handshake + `
			A 3 "def" ack 0
			B 0 ack 6
			wait 900ms
			ports 40001 1883
			A SYN
			wait 200ms
			B SYN ack 0`,
		want: `
			open
			1: open
			A gap 3 lost -
			A "def" #4
			closed end of capture
			1: closed end of capture`},
	{name: "several connections, given up by one tick of the clock",
		say: `
			ports 40001 1883
			A SYN
			B SYN ack 0
			B 0 "x" ack 3
			ports 40002 1883
			A SYN
			B SYN ack 0
			B 0 "y" ack 3
			wait 2s
			ports 40003 1883
			A SYN
			A 0 "z" ack 0`,
		want: `
			open
			1: open
			2: open
			A gap 3 lost -
			B "x" #3
			1: A gap 3 lost -
			1: B "y" #6
			2: A "z"
			closed end of capture
			1: closed end of capture
			2: closed end of capture`},
	{name: "not acknowledged: waits for the retransmission",
		say: handshake + `
			A 3 "def" ack 0
			B 0 ack 0
			wait 60s
			B 0 "x" ack 0
			A 0 "abc" ack 0`,
		want: `
			open
			B "x"
			A "abc"
			A "def" #4
			closed end of capture`},
	{name: "not acknowledged and never sent again",
		say: handshake + `
			A 3 "def" ack 0
			B 0 ack 0`,
		want: `
			open
			A gap 3 lost -
			A "def" #4
			closed end of capture`},
	{name: "two holes",
		opt: Options{PatienceSegments: 3},
		say: handshake + `
			A 3 "d" ack 0
			A 6 "g" ack 0
			B 0 ack 7
			A 7 "h" ack 0
			A 8 "i" ack 0`,
		want: `
			open
			A gap 3 lost
			A "d" #4
			A gap 2 lost
			A "g" #5
			A "h" #7
			A "i"
			closed end of capture`},
	{name: "the last bytes are lost",
		say:  handshake + "A 0 \"abc\" ack 0\nB 0 ack 8",
		want: "open\nA \"abc\"\nA gap 5 lost -\nclosed end of capture"},
	{name: "the answer before the question",
		say: handshake + `
			B 0 "answer" ack 3
			A 0 "ask" ack 0
			A 3 "more" ack 6`,
		want: `
			open
			A "ask"
			B "answer" #4
			A "more"
			closed end of capture`},
	{name: "the answer before the question, which is lost",
		opt: Options{PatienceSegments: 3},
		say: handshake + `
			B 0 "answer" ack 3
			B 6 "!" ack 3
			A 3 "more" ack 6
			A 7 "and more" ack 6`,
		want: `
			open
			A gap 3 lost
			B "answer" #4
			B "!" #5
			A "more" #6
			A "and more"
			closed end of capture`},
	{name: "the answer before the question, by the clock",
		say: handshake + `
			B 0 "answer" ack 3
			wait 1s
			B 6 "!" ack 3`,
		want: "open\nA gap 3 lost\nB \"answer\" #4\nB \"!\"\nclosed end of capture"},
	{name: "the answer before a question in two parts, which come swapped",
		say: handshake + `
			B 0 "answer" ack 6
			A 3 "def" ack 0
			A 0 "abc" ack 0`,
		want: "open\nA \"abc\"\nA \"def\" #5\nB \"answer\" #4\nclosed end of capture"},
	{name: "a FIN answers what was not captured yet",
		say: handshake + `
			B 0 FIN ack 3
			A 0 "ask" ack 0`,
		want: "open\nA \"ask\"\nB fin #4\nclosed end of capture"},
	{name: "each waits for the other, as one was sent again",
		say: handshake + `
			B 0 "b" ack 1
			A 0 "a" ack 1
			A 1 "c" ack 1`,
		want: "open\nA \"a\"\nB \"b\" #4\nA \"c\"\nclosed end of capture"},
	{name: "an acknowledgement far ahead holds nothing",
		say: handshake + `
			B 0 "b" ack 100000000
			A 0 "a" ack 1`,
		want: "open\nB \"b\"\nA \"a\"\nclosed end of capture"},
	{name: "one direction only",
		say: `
			B SYN ack 0
			B 0 "x" ack 10
			B 1 "y" ack 20`,
		want: "open\nB \"x\"\nB \"y\"\nA gap 20 direction unseen -\nclosed end of capture"},
	{name: "one direction only, with a hole",
		say: `
			B SYN ack 0
			B 0 "x" ack 10
			B 2 "z" ack 20
			wait 70s
			B 3 "." ack 20`,
		want: "open\nB \"x\"\nB gap 1 lost\nB \"z\" #3\nB \".\"\nA gap 20 direction unseen -\nclosed end of capture"},
	{name: "mid-stream",
		say: `
			A 100 "ask" ack 50
			B 50 "answer" ack 103
			A 103 "x" ack 56`,
		want: `
			open
			A gap -1 mid-stream
			A "ask"
			B gap -1 mid-stream
			B "answer"
			A "x"
			closed end of capture`},
	{name: "mid-stream, the answer first",
		say: `
			B 50 "answer" ack 103
			A 100 "ask" ack 50
			A 103 "x" ack 56`,
		want: `
			open
			B gap -1 mid-stream
			B "answer"
			A gap -1 mid-stream
			A "ask"
			A "x"
			closed end of capture`},
	{name: "mid-stream, an earlier segment comes late",
		say: `
			A 103 "def" ack 0
			A 100 "abc" ack 0
			A 106 "ghi" ack 0`,
		want: "open\nA gap -1 mid-stream\nA \"def\"\nA \"ghi\"\nclosed end of capture"},
	{name: "mid-stream after a keep-alive",
		say: `
			A 99 ack 0
			B 0 ack 100
			A 100 "abc" ack 0
			B 0 "x" ack 103`,
		want: "open\nA gap -1 mid-stream\nA \"abc\"\nB gap -1 mid-stream\nB \"x\"\nclosed end of capture"},
	{name: "mid-stream, the answer to a keep-alive waits for nothing",
		say: `
			A 99 ack 0
			B 0 "x" ack 100
			B 1 "y" ack 100`,
		want: "open\nB gap -1 mid-stream\nB \"x\"\nB \"y\"\nclosed end of capture"},
	{name: "mid-stream, the acknowledged part was before the capture",
		say: `
			A 90 ack 0
			B 0 "x" ack 100
			A 100 "abc" ack 0`,
		want: "open\nA gap -1 mid-stream\nA \"abc\"\nB gap -1 mid-stream #2\nB \"x\" #2\nclosed end of capture"},
	{name: "mid-stream FIN",
		say:  "A 100 FIN ack 50\nB 50 FIN ack 101\nA 101 ack 51",
		want: "open\nA gap -1 mid-stream\nA fin\nB gap -1 mid-stream\nB fin\nclosed fin"},
	{name: "the SYN-ACK was not captured",
		say:  "A SYN\nA 0 ack 0\nA 0 \"ask\" ack 0\nB 0 \"answer\" ack 3",
		want: "open\nA \"ask\"\nB \"answer\"\nclosed end of capture"},
	{name: "the SYN comes after the SYN-ACK",
		say:  "B SYN ack 0\nA SYN\nA 0 \"ask\" ack 0\nB 0 \"answer\" ack 3",
		want: "open\nA \"ask\"\nB \"answer\"\nclosed end of capture"},
	{name: "the SYN-ACK comes after the data",
		say:  "A SYN\nB 0 \"hi\" ack 0\nB SYN ack 0\nA 0 \"ask\" ack 2",
		want: "open\nB gap -1 mid-stream\nB \"hi\"\nA \"ask\"\nclosed end of capture"},
	{name: "handshake repeated",
		say: `
			A SYN
			wait 1s
			A SYN
			B SYN ack 0
			wait 1s
			B SYN ack 0
			A 0 ack 0
			A 0 "a" ack 0`,
		want: "open\nA \"a\"\nclosed end of capture"},
	{name: "refused",
		say:  "A SYN\nB -1 RST ack 0",
		want: "open\nB rst\nclosed rst"},
	{name: "refused and tried again with the same numbers",
		say:  "A SYN\nB -1 RST ack 0\nwait 500ms\nA SYN\nB -1 RST ack 0",
		want: "open\nB rst\nclosed rst\n1: open, stream 0\n1: B rst\n1: closed rst"},
	{name: "reset while the other side still sends",
		say: handshake + `
			A 0 RST ack 0
			B 0 "late" ack 0
			A 0 "ghost" ack 0`,
		want: "open\nA rst\nB \"late\"\nclosed rst"},
	{name: "reset behind a hole",
		say: handshake + `
			A 3 RST ack 0
			wait 2s
			B 0 ack 0`,
		want: "open\nA gap 3 lost\nA rst #4\nclosed rst"},
	{name: "forged reset far outside the window",
		say:  handshake + "A 200000000 RST ack 0\nA 0 \"a\" ack 0",
		want: "open\nA \"a\"\nclosed end of capture"},
	{name: "ports reused after the end",
		say: handshake + `
			A 0 "a" FIN ack 0
			B 0 FIN ack 2
			A 2 ack 1
			isn A 5000
			A SYN
			B SYN ack 0
			A 0 "b" ack 0`,
		want: `
			open
			A "a"
			A fin
			B fin
			closed fin
			1: open
			1: A "b"
			1: closed end of capture`},
	{name: "ports reused without an end",
		say: handshake + `
			A 3 "lost before" ack 0
			isn A 900000
			A SYN
			isn B 700000
			B SYN ack 0
			A 0 "b" ack 0`,
		want: `
			open
			A gap 3 lost -
			A "lost before" #4
			closed ports reused
			1: open
			1: A "b"
			1: closed end of capture`},
	{name: "duplicates of a double mirror",
		say: `
			A SYN
			again
			B SYN ack 0
			again
			A 0 ack 0
			again
			A 0 "abc" ack 0
			A 3 "def" ack 0
			again 2
			again 2
			B 0 "x" ack 6
			again
			A 6 ack 1
			again
			A 6 FIN ack 1
			again
			B 1 FIN ack 7
			again
			A 7 ack 2
			again`,
		want: `
			open
			A "abc"
			A "def"
			B "x"
			A fin
			B fin
			closed fin`},
	{name: "a duplicate of what waits",
		say:  handshake + "A 3 \"def\" ack 0\nagain\nA 0 \"abc\" ack 0\nagain",
		want: "open\nA \"abc\"\nA \"def\" #4\nclosed end of capture"},
	{name: "keep-alives and window probes",
		say: handshake + `
			A 0 "abc" ack 0
			B 0 ack 3 win=0
			wait 60s
			A 2 ack 0
			B 0 ack 3 win=0
			A 2 "c" ack 0
			A 3 "d" ack 0
			B 0 ack 3 win=100
			A 3 "def" ack 0`,
		want: "open\nA \"abc\"\nA \"d\"\nA \"ef\"\nclosed end of capture"},
	{name: "a bad segment among good ones, sent again",
		say: `
			A SYN good
			B SYN ack 0 good
			A 0 "aXc" ack 0 bad
			wait 300ms
			A 0 "abc" ack 0 good`,
		want: "open\nA \"abc\"\nclosed end of capture"},
	{name: "a bad segment in the middle, sent again",
		say: handshake + `
			A 0 "abc" ack 0 good
			A 3 "dXf" ack 0 bad
			A 6 "ghi" ack 0 good
			wait 300ms
			A 3 "def" ack 0 good`,
		want: "open\nA \"abc\"\nA \"def\"\nA \"ghi\" #6\nclosed end of capture"},
	{name: "off-loaded checksums are all wrong",
		say: `
			A SYN bad
			B SYN ack 0 good
			A 0 "abc" ack 0 bad
			A 3 "def" ack 0 offload`,
		want: "open\nA \"abc\"\nA \"def\"\nclosed end of capture"},
	{name: "cut off by the snap length, and sent again whole",
		say: handshake + `
			A 0 "abc" miss=7 ack 0
			B 0 ack 10
			A 0 "abcdefghij" ack 0
			A 10 "k" ack 0`,
		want: "open\nA \"abc\"\nA gap 7 snap length\nA \"k\"\nclosed end of capture"},
	{name: "cut off by the snap length, out of order",
		say: handshake + `
			A 4 "ef" miss=2 ack 0
			A 5 "fgh" miss=2 ack 0
			A 0 "ab" miss=2 ack 0`,
		want: `
			open
			A "ab"
			A gap 2 snap length
			A "ef" #4
			A gap 2 snap length #4
			A gap 2 snap length #5
			closed end of capture`},
	{name: "a whole segment cut off",
		say:  handshake + "A 0 miss=5 ack 0\nA 5 \"x\" ack 0",
		want: "open\nA gap 5 snap length\nA \"x\"\nclosed end of capture"},
	{name: "the stream goes on far away",
		say: handshake + `
			A 0 "a" ack 0
			A 100000000 "b" ack 0
			A 100000001 "c" ack 0
			A 100000002 "d" ack 0
			A 100000003 "e" ack 0
			A 100000004 "f" ack 0`,
		want: "open\nA \"a\"\nA gap -1 lost -\nA \"e\"\nA \"f\"\nclosed end of capture"},
	{name: "a forged segment far away",
		say: handshake + `
			A 0 "a" ack 0
			A 100000000 "b" ack 0
			A 1 "b" ack 0
			A -100000000 "b" ack 0
			A 2 "c" ack 0`,
		want: "open\nA \"a\"\nA \"b\"\nA \"c\"\nclosed end of capture"},
	{name: "more waits in a direction than may",
		opt: Options{MaxDirectionBytes: 6},
		say: handshake + `
			A 2 "cd" ack 0
			A 6 "gh" ack 0
			A 10 "klm" ack 0
			A 0 "ab" ack 0`,
		want: `
			open
			A gap 2 buffer full
			A "cd" #4
			A gap 2 lost -
			A "gh" #5
			A gap 2 lost -
			A "klm" #6
			closed end of capture`},
	{name: "more segments wait than may, for the other direction",
		opt: Options{MaxDirectionSegments: 2},
		say: handshake + `
			B 0 "a" ack 5
			B 1 "b" ack 5
			B 2 "c" ack 5`,
		want: `
			open
			A gap 5 buffer full
			B "a" #4
			B "b" #5
			B "c"
			closed end of capture`},
	{name: "more waits in all than may",
		opt: Options{MaxBuffered: 2 * (itemCost + pendingCost + 64)},
		say: handshake + `
			A 1 "b" ack 0
			ports 40001 1883
			A SYN
			A 1 "b" ack 0
			ports 40002 1883
			A SYN
			A 1 "b" ack 0`,
		want: `
			open
			1: open
			2: open
			A gap 1 buffer full -
			A "b" #4
			closed end of capture
			1: A gap 1 lost -
			1: A "b" #6
			1: closed end of capture
			2: A gap 1 lost -
			2: A "b" #8
			2: closed end of capture`},
	{name: "idle connections are evicted",
		opt: Options{IdleTime: 10 * second, HandshakeTime: 5 * second, Linger: 2 * second},
		say: handshake + `
			ports 40001 1883
			A SYN
			ports 40002 1883
			A 0 RST ack 0
			wait 3s
			ports 40003 1883
			A SYN
			wait 3s
			B SYN ack 0
			wait 6s
			B SYN ack 0`,
		want: `
			open
			1: open
			2: open
			2: A rst
			3: open
			2: closed rst
			1: closed idle
			closed idle
			3: closed end of capture`},
	{name: "a clock that steps back evicts nothing",
		opt: Options{IdleTime: 10 * second},
		say: handshake + `
			A 0 "a" ack 0
			wait -1h
			A 1 "b" ack 0
			B 0 "x" ack 3
			wait 2s
			A 2 "c" ack 0
			wait 5s
			A 3 "d" ack 1`,
		want: `
			open
			A "a"
			A "b"
			A "c"
			B "x" #6
			A "d"
			closed end of capture`},
	{name: "data that waits when the clock steps back",
		say: handshake + `
			B 0 "x" ack 3
			wait -1h
			ports 40001 1883
			A SYN
			wait 2s
			A SYN
			wait 2s
			A 0 "later" ack 0`,
		want: `
			open
			1: open
			A gap 3 lost -
			B "x" #4
			1: A "later"
			closed end of capture
			1: closed end of capture`},
	{name: "the table is full",
		opt: Options{MaxConnections: 2},
		say: handshake + `
			A 0 "a" ack 0
			ports 40001 1883
			A SYN
			ports 40002 1883
			A SYN
			B SYN ack 0
			A 0 ack 0
			ports 40003 1883
			A SYN`,
		want: `
			open
			A "a"
			1: open
			1: closed table full
			2: open
			closed table full
			3: open
			2: closed end of capture
			3: closed end of capture`},
	{name: "a FIN amid bytes that wait already",
		say: handshake + `
			A 3 "defghi" ack 0
			A 2 "cdef" FIN ack 0
			A 0 "ab" ack 0`,
		want: `
			open
			A "ab"
			A "c" #5
			A "defghi" #4
			A fin #5
			closed end of capture`},
	{name: "an RST that is a SYN-ACK, too, begins nothing",
		say: `
			A 0 "a" ack 0
			A 1 SYN RST ack 4
			B 3 "b" ack 1`,
		want: "open\nA gap -1 mid-stream\nA \"a\"\nA rst\nB gap -1 mid-stream\nB \"b\"\nclosed rst"},
	{name: "a SYN-ACK amid a stream begins nothing",
		say: `
			A 0 "abc" ack 0
			A 1 SYN ack 4
			B 2 "cdefg" ack 3`,
		want: "open\nA gap -1 mid-stream\nA \"abc\"\nB gap -1 mid-stream\nB \"cdefg\"\nclosed end of capture"},
	{name: "the SYN-ACK comes after the second of two segments",
		say: `
			A SYN
			B 3 "def" ack 1
			B SYN ack 0
			B 0 "abc" ack 0
			A 0 "x" ack 0`,
		want: "open\nB \"abc\"\nA \"x\"\nB \"def\" #2\nclosed end of capture"},
	{name: "an RST waits in a direction of which nothing else is known",
		say: `
			A SYN
			B 40 RST ack 3
			A 0 "abc" ack 0x7fffffff`,
		want: "open\nA \"abc\"\nB rst #2\nclosed rst"},
	{name: "VLANs are one network",
		say:  "A SYN vlan=5\nB SYN ack 0 vlan=6\nA 0 \"a\" ack 0",
		want: "open\nA \"a\"\nclosed end of capture"},
	{name: "VLANs are kept apart on demand",
		opt:  Options{KeyVLAN: true},
		say:  "A SYN vlan=5\nA SYN vlan=6\nA 0 \"a\" ack 0 vlan=5\nA 0 \"b\" ack 0 vlan=6",
		want: "open\n1: open\nA \"a\"\n1: A \"b\"\nclosed end of capture\n1: closed end of capture"},
}

func TestConversations(t *testing.T) {
	for _, c := range conversations {
		t.Run(c.name, func(t *testing.T) {
			for _, isn := range [][2]uint32{{1000, 2000}, {0xffff_fffb, 0xffff_fffe}, {0x7fff_fffd, 0xffff_ffff}, {0xffff_ffff, 0}} {
				r := newRecorder(t)
				r.play(c.opt, parse(t, isn, c.say))
				if diff := cmp.Diff(unindent(c.want), unindent(strings.Join(r.lines, "\n"))); diff != "" {
					t.Fatalf("with sequence numbers from %#x (-want +got):\n%s", isn, diff)
				}
			}
		})
	}
}

func unindent(s string) (lines []string) {
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// TestPermutations plays five segments and a FIN of one stream, with answers
// between them, in every order.
func TestPermutations(t *testing.T) {
	parts := []string{
		`A 0 "abc" ack 0`, `A 3 "d" ack 0`, `A 4 "efgh" ack 0`, `A 8 "ij" ack 0`, `A 10 "k" FIN ack 0`,
	}
	permute(parts, func(order []string) {
		r := newRecorder(t)
		var stream string
		r.play(Options{}, parse(t, [2]uint32{0xffff_fffa, 7}, handshake+strings.Join(order, "\n")))
		for _, line := range r.lines {
			var s string
			if n, _ := fmt.Sscanf(line, "A %q", &s); n == 1 {
				stream += s
			}
		}
		if stream != "abcdefghijk" || r.lines[len(r.lines)-2][:5] != "A fin" {
			t.Errorf("%q became %q", order, r.lines)
		}
		if h := r.conns[0].Half[0]; h.Bytes != 11 || h.RetransmittedBytes != 0 || h.Gaps != 0 {
			t.Errorf("%q: %+v", order, h)
		}
	})

	// A dialogue: whatever the order of capture, no answer comes before its
	// question and no question before the answer that it refers to.
	dialogue := []string{
		`A 0 "1" ack 0`, `B 0 "2" ack 1`, `A 1 "3" ack 1`, `B 1 "4" ack 2`, `A 2 "5" ack 2`,
	}
	permute(dialogue, func(order []string) {
		r := newRecorder(t)
		r.play(Options{}, parse(t, [2]uint32{0xffff_fffe, 0xffff_ffff}, handshake+strings.Join(order, "\n")))
		var all string
		for _, line := range r.lines {
			var side, s string
			if n, _ := fmt.Sscanf(line, "%s %q", &side, &s); n == 2 {
				all += s
			}
		}
		if all != "12345" {
			t.Errorf("%q became %q", order, r.lines)
		}
	})
}

func permute(items []string, f func([]string)) {
	var rec func(k int)
	rec = func(k int) {
		if k == len(items) {
			f(items)
			return
		}
		for i := k; i < len(items); i++ {
			items[k], items[i] = items[i], items[k]
			rec(k + 1)
			items[k], items[i] = items[i], items[k]
		}
	}
	rec(0)
}
