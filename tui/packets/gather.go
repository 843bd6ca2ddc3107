package packets

import (
	"slices"

	"plcscope/flows"
	"plcscope/flows/index"
	"plcscope/internal/wire"
	"plcscope/mqtt"
	"plcscope/s7comm"
)

// gathered is what was read of a frame, copied.
type gathered struct {
	number   uint32
	private  bool
	secrets  bool
	bytes    []byte
	length   int // on the wire
	heads    []wire.Node
	notes    []wire.Node // of its segment in the connection
	messages []gatheredMessage
	ends     uint32   // message that it is a part of, which a later frame completes
	secret   [][2]int // stretches of the payload that are parts of passwords
	err      error
}

type gatheredMessage struct {
	index.Message
	bytes   []byte
	nodes   []wire.Node
	summary string
	items   []string // the variables that an S7 message reads or writes
	seq     uint32
	request uint32
	fault   error // of the message
	err     error // why it could not be read
}

// Bounds of what is read while the user waits.
const (
	maxAtOnce = 256 << 10 // bytes of messages of the selected frame
	maxInRow  = 64 << 10  // of a message in a list
)

// weight is how many bytes of messages a frame completes.
func weight(ix *index.Index, frame uint32) int {
	n := 0
	for _, m := range ix.MessagesIn(frame, nil) {
		if x, ok := ix.Message(m); ok {
			n += x.Length
		}
	}
	return n
}

// gather reads a frame and what it completes.
func gather(ix *index.Index, r *index.Reader, frame uint32, secrets, private bool) *gathered {
	g := &gathered{number: frame, secrets: secrets, private: private}
	for _, n := range ix.MessagesIn(frame, nil) {
		g.messages = append(g.messages, gatherMessage(ix, r, n, secrets, private))
	}
	g.ends = ix.Continues(frame)
	if t, err := r.Notes(frame); err == nil {
		g.notes = copyNodes(t.Nodes)
	}
	if !secrets {
		g.secret = hiddenParts(ix, r, frame, g.ends)
	}
	t, f, err := r.Headers(frame)
	if err != nil {
		g.err = err
		return g
	}
	g.bytes, g.length = slices.Clone(f.Data), int(f.Length)
	g.heads = copyNodes(t.Nodes)
	return g
}

func gatherMessage(ix *index.Index, r *index.Reader, n uint32, secrets, private bool) gatheredMessage {
	m := gatheredMessage{}
	m.Message, _ = ix.Message(n)
	m.seq, _ = ix.Sequence(n)
	m.request, _ = ix.Answers(n)
	var req *s7comm.Request
	if m.Proto == flows.ISO {
		req = r.Request(n)
	}
	v, err := r.Message(n)
	if err != nil {
		m.err = err
		return m
	}
	m.bytes, m.nodes, m.fault = slices.Clone(v.Bytes), copyNodes(v.Tree.Nodes), v.Err
	m.summary = summary(v, req, secrets, private)
	m.items = variables(v, req, private)
	return m
}

func copyNodes(l []wire.Node) []wire.Node {
	out := slices.Clone(l)
	for i := range out {
		out[i].Data = slices.Clone(out[i].Data)
	}
	return out
}

// maxHolding is how long a message may be that is looked through for passwords.
const maxHolding = 1 << 20

// maxBack is how many frames of the connection before a frame are looked at for messages
// of which it holds bytes once more.
const maxBack = 256

// hiddenParts returns the stretches of a frame's payload that are parts of passwords in
// messages which the frame does not complete by itself: it holds a piece of them, or
// their bytes once more. ends is the message that a later frame completes.
func hiddenParts(ix *index.Index, r *index.Reader, frame, ends uint32) (parts [][2]int) {
	f, ok := ix.Frame(frame)
	if !ok || !f.Payload || f.Conn == index.NoConn {
		return nil
	}
	seq, size, ok := payloadOf(r, frame)
	if !ok {
		return nil
	}
	check := func(n uint32) {
		m, ok := ix.Message(n)
		if !ok || m.Conn != f.Conn || m.Dir != f.Dir || !mayHoldSecret(&m) || m.Length > maxHolding {
			return
		}
		if m.WebSocket { // which only disguises it
			if uint64(frame) >= m.FirstFrame && uint64(frame) <= m.Frame {
				parts = append(parts, [2]int{0, size})
			}
			return
		}
		begin, _ := ix.Sequence(n)
		at := int(int32(begin - seq)) // of the message in the payload
		if at >= size || at+m.Length <= 0 {
			return
		}
		for _, s := range secretsOf(r, n) {
			if from, to := max(at+s[0], 0), min(at+s[1], size); from < to {
				parts = append(parts, [2]int{from, to})
			}
		}
	}
	if ends != 0 {
		check(ends)
	}
	var list []uint32
	for k, left := frame, maxBack; k != 0 && left > 0; k, left = ix.Previous(k), left-1 {
		list = ix.MessagesIn(k, list[:0])
		for _, n := range list {
			check(n)
		}
	}
	return parts
}

// mayHoldSecret reports whether a message is of a kind that may have a password.
func mayHoldSecret(m *index.Message) bool {
	if m.Proto == flows.MQTT {
		return m.Type == mqtt.CONNECT
	}
	return m.Kind == s7comm.KindS7 && (m.ROSCTR == s7comm.ROSCTRUserdata || m.Function == s7comm.FunctionPI) || m.Kind == s7comm.KindNone
}

// secretsOf returns the stretches of a message that are parts of passwords.
func secretsOf(r *index.Reader, n uint32) (parts [][2]int) {
	v, err := r.Message(n)
	if err != nil {
		return nil
	}
	for i := range v.Tree.Nodes {
		if x := &v.Tree.Nodes[i]; x.Field.Mask {
			parts = append(parts, [2]int{int(x.Off), int(x.Off + x.Len)})
		}
	}
	if v.Proto == flows.MQTT && v.Type == mqtt.CONNECT {
		parts = append(parts, unsaid(v.Tree.Nodes, len(v.Bytes))...)
	}
	return parts
}

// unsaid returns the stretches of a message's size bytes that belong to no field.
func unsaid(nodes []wire.Node, size int) (parts [][2]int) {
	said := make([]bool, size)
	for i := range nodes {
		if n := &nodes[i]; n.Field.Type != wire.None {
			for k := max(int(n.Off), 0); k < min(int(n.Off+n.Len), size); k++ {
				said[k] = true
			}
		}
	}
	for k := 0; k < size; k++ {
		if said[k] {
			continue
		}
		from := k
		for k < size && !said[k] {
			k++
		}
		parts = append(parts, [2]int{from, k})
	}
	return parts
}

var (
	payloadField = lookup("tcp.payload")
	seqField     = lookup("tcp.seq_raw")
	flagsField   = lookup("tcp.flags")
)

// payloadOf returns the sequence number of the first byte of a frame's TCP payload, and
// how many bytes it has.
func payloadOf(r *index.Reader, frame uint32) (seq uint32, size int, ok bool) {
	t, _, err := r.Headers(frame)
	if err != nil {
		return 0, 0, false
	}
	seq, _, size, ok = payloadIn(t.Nodes)
	return seq, size, ok
}

// payloadIn finds the payload of the innermost TCP header: the sequence number of its
// first byte, its offset in the frame, and its size.
func payloadIn(nodes []wire.Node) (seq uint32, off, size int, ok bool) {
	for i := range nodes {
		switch n := &nodes[i]; n.Field {
		case seqField:
			seq = uint32(n.Num)
		case flagsField:
			if n.Num&2 != 0 { // SYN, which takes a number of its own
				seq++
			}
		case payloadField:
			off, size, ok = int(n.Off), int(n.Len), true
		}
	}
	return seq, off, size, ok
}
