package s7rules

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"plcscope/internal/talk"
	"plcscope/rules"
	"plcscope/s7comm"
)

// day is a conversation with messages of every kind.
func day() []talk.Turn {
	var l []talk.Turn
	ask := func(name string, question, answer []byte) {
		l = append(l, talk.Turn{Client: true, Name: name, Bytes: question}, talk.Turn{Name: "answer to " + name, Bytes: answer})
	}
	ask("CR", cr(), cc())
	ask("setup", setup(2, 240), granted(2, 240))
	ask("read", read(1, db(4), db(6)), values(1, octets(4), octets(6)))
	ask("write", write(2, db(4), octets(4)), written(2, s7comm.ReturnSuccess))
	ask("Read SZL", szl(3, 0x0011), szlData(3, 0x0011, nil))
	ask("start upload", blockJob(4, s7comm.FunctionStartUpload, 0, db1), blockAnswer(4, s7comm.FunctionStartUpload, 7))
	ask("upload", blockJob(5, s7comm.FunctionUpload, 7, nil), blockAnswer(5, s7comm.FunctionUpload, 0, 1, 2, 3, 4))
	ask("end upload", blockJob(6, s7comm.FunctionEndUpload, 7, nil), blockAnswer(6, s7comm.FunctionEndUpload, 0))
	// Long enough for what is missing to be missed.
	for i := range 2 {
		ref := uint16(7 + i)
		l = append(l, talk.Turn{Client: true, Name: "last read", Bytes: read(ref, db(4)), Wait: time.Minute}, talk.Turn{Name: "answer to last read", Bytes: values(ref, octets(4))})
	}
	return l
}

// mutate yields all that can be broken in the messages before the last reads.
func mutate(turns []talk.Turn, yield func(talk.Mutant)) {
	for i, s := range turns[:len(turns)-4] {
		b := s.Bytes
		talk.Whole(turns, i, s.Name, yield)
		put := func(what string, instead ...[]byte) {
			yield(talk.Instead(turns, i, s.Name, what, instead...))
		}
		n := byte(len(b))
		put("TPKT version 2", patch(b, 0, 2))
		put("TPKT reserved byte 1", patch(b, 1, 1))
		put("TPKT length 3", patch(b, 2, 0, 3))
		put("TPKT length one more", patch(b, 2, 0, n+1))
		put("TPKT length one less", patch(b, 2, 0, n-1))
		put("a byte too many", append(patch(b, 2, 0, n+1), 0))
		put("the last byte cut off", patch(b, 2, 0, n-1)[:n-1])
		put("COTP length one more", patch(b, 4, b[4]+1))
		put("COTP length one less", patch(b, 4, b[4]-1))
		put("COTP type 99", patch(b, 5, 0x99))
		if b[5] != 0xF0 {
			put("class 2", patch(b, 10, 0x20))
			put("another destination reference", patch(b, 6, 0x12, 0x34))
			if at := bytes.Index(b, []byte{0xC0, 1}); at > 0 {
				put("TPDU size 2048", patch(b, at+2, 11))
			}
			continue
		}
		put("without the end mark", patch(b, 6, 0))
		mutateS7(b, put)
	}
}

// mutateS7 spoils the header and the parameters of an S7 message.
func mutateS7(b []byte, put func(string, ...[]byte)) {
	at := 7 // of the protocol identification
	word := func(off, by int) []byte {
		return binary.BigEndian.AppendUint16(nil, binary.BigEndian.Uint16(b[at+off:])+uint16(by))
	}
	put("another protocol identification", patch(b, at, 0x33))
	put("ROSCTR 9", patch(b, at+1, 9))
	put("redundancy identification 1", patch(b, at+2, 0, 1))
	put("another reference", patch(b, at+4, 0x42, 0x42))
	for _, by := range []int{1, -1} {
		put(fmt.Sprintf("parameter length %+d", by), patch(b, at+6, word(6, by)...))
		if by > 0 || binary.BigEndian.Uint16(b[at+8:]) > 0 {
			put(fmt.Sprintf("data length %+d", by), patch(b, at+8, word(8, by)...))
		}
	}
	param := at + 10
	if b[at+1] == 2 || b[at+1] == 3 {
		param += 2
		put("error 8500", patch(b, at+10, 0x85, 0))
		put("error 8104", patch(b, at+10, 0x81, 4))
	}
	f := s7comm.Function(b[param])
	if b[at+1] == 7 {
		put("another function group", patch(b, param+5, b[param+5]^1))
		put("another subfunction", patch(b, param+6, b[param+6]+1))
		return
	}
	put("another function", patch(b, param, byte(f)^0x40))
	switch f {
	case s7comm.FunctionSetup:
		put("PDU length 960", patch(b, param+6, 3, 0xC0))
		put("PDU length 112", patch(b, param+6, 0, 112))
		put("9 jobs", patch(b, param+2, 0, 9, 0, 9))
	case s7comm.FunctionRead, s7comm.FunctionWrite:
		put("an item more", patch(b, param+1, b[param+1]+1))
		put("an item less", patch(b, param+1, b[param+1]-1))
		if b[at+1] != 3 {
			break
		}
		for _, code := range []byte{1, 3, 5, 6, 7, 10} {
			put(fmt.Sprintf("return code %02x", code), patch(b, param+2, code))
		}
		if f == s7comm.FunctionRead {
			put("another transport size", patch(b, param+3, byte(s7comm.DataReal)))
			put("a value too long", patch(b, param+4, 0, 0x40))
			put("a value too short", patch(b, param+4, 0, 8))
		}
	}
}

// unseen are mutations that no rule tells, and why.
var unseen = []talk.Blind{
	{Message: "CR", What: "another destination reference", Why: "nothing is addressed by it yet"},
	{Message: "CR", What: "TPDU size 2048", Why: "a client may propose any size"},
	{Message: "*CR", What: "a byte too many", Why: "behind the header of a CR or CC nobody reads"},
	{Message: "answer to CR", What: "sent twice", Why: "a CC that comes again changes nothing"},
	{Message: "setup", What: "9 jobs", Why: "a client may propose any number"},
	{Message: "answer to write", What: "an item less", Why: "the return code that was asked for is there"},
}

// played judges a conversation of turns.
func played(turns []talk.Turn) *rules.Book {
	return judge(talk.Play(hmiAddr+":2001", plcAddr, turns))
}

// TestMutationTable breaks one thing at a time and keeps a table of who tells it.
func TestMutationTable(t *testing.T) {
	if b := played(day()); len(talk.Broken(b)) > 0 {
		t.Fatalf("the conversation is not clean\n%q", talk.Findings(b))
	}
	used := make([]bool, len(unseen))
	var b strings.Builder
	mutate(day(), func(m talk.Mutant) {
		sender, peer := m.Told(played(m.Turns))
		why := ""
		if sender+peer == "" {
			if why = talk.Excuse(unseen, used, &m, ""); why == "" {
				t.Errorf("%s, %s: nobody tells it, and no reason is given", m.Message, m.What)
			}
		}
		fmt.Fprintf(&b, "S7\t\t%s\t%s\t%s\t%s\t%s\n", m.Message, m.What, sender, peer, why)
	})
	talk.Unused(t, unseen, used)
	talk.Golden(t, "mutations.tsv", b.String())
}
