package index

// Sequence returns the TCP sequence number at which message n begins; inside WebSocket,
// that of the first data of it.
func (ix *Index) Sequence(n uint32) (uint32, bool) {
	if n == 0 || n > ix.messages.len() {
		return 0, false
	}
	return ix.sequence(ix.messages.at(n - 1)), true
}

// Pieces appends the numbers of the frames that message n came in, in the order of
// capture. Of a message in very many frames some are left out; the first and the last are
// always named.
func (ix *Index) Pieces(n uint32, list []uint32) []uint32 {
	if n == 0 || n > ix.messages.len() {
		return list
	}
	m := ix.messages.at(n - 1)
	if m.extra == 0 {
		return append(list, m.frame)
	}
	x := ix.extras.at(m.extra - 1)
	from := len(list)
	for i := range uint32(x.count) {
		list = append(list, *ix.pieces.at(x.pieces + i))
	}
	if k := len(list); k == from || list[k-1] != m.frame {
		list = append(list, m.frame)
	}
	return list
}

// Previous returns the number of the frame before frame n on the same connection, 0 when
// there is none.
func (ix *Index) Previous(n uint32) uint32 {
	if n == 0 || n > ix.frames.len() {
		return 0
	}
	return ix.frames.at(n - 1).prev
}

// Next returns the number of the frame behind frame n on the same connection, 0 when there
// is none among the next most frames of the capture. Rows do not lead forwards: it looks
// at each of them.
func (ix *Index) Next(n, most uint32) uint32 {
	last := ix.frames.len()
	if n == 0 || n > last {
		return 0
	}
	conn := ix.frames.at(n - 1).conn
	if conn == NoConn || conn >= ix.hot.len() || n >= ix.hot.at(conn).lastFrame.Load() {
		return 0
	}
	for k, end := n+1, n+min(most, last-n); k <= end; k++ {
		if ix.frames.at(k-1).conn == conn {
			return k
		}
	}
	return 0
}

// maxAhead is how many frames of the capture behind a frame are looked at for the message
// that it belongs to.
const maxAhead = 1 << 14

// Continues returns the number of the message that frame n holds a part of and that a
// later frame completes, 0 when there is none.
func (ix *Index) Continues(n uint32) uint32 {
	f, ok := ix.Frame(n)
	if !ok || !f.Payload || f.Conn == NoConn {
		return 0
	}
	var list [8]uint32
	for k, end := n, n+min(maxAhead, ix.frames.len()-n); ; {
		if k = ix.Next(k, end-k); k == 0 {
			return 0
		}
		if row := ix.frames.at(k - 1); row.dir() != f.Dir || row.place&markPayload == 0 {
			continue
		}
		for _, m := range ix.MessagesIn(k, list[:0]) {
			if v, _ := ix.Message(m); v.Conn == f.Conn && v.Dir == f.Dir {
				if v.FirstFrame <= uint64(n) {
					return m
				}
				return 0
			}
		}
	}
}
