package s7comm

// Assembler joins the DT fragments of one direction of one connection into TSDUs. The
// zero value is ready. Siemens gear sends empty fragments (DT without data, EOT not
// set) between messages; they are counted but cost no copy.
type Assembler struct {
	// Frame is the number of the frame that the next TPKT came in. Whoever wants to see
	// which frames a TSDU was joined from sets it before each Decode; 0 otherwise.
	Frame uint64

	// Max bounds the length of a TSDU in bytes; 0 means DefaultMaxTSDU.
	Max int

	buf      []byte   // payload of the fragments before the last one
	frames   []uint64 // the frames that the fragments came in, at most maxFragmentFrames
	count    int      // fragments since the last complete TSDU
	discard  bool     // the TSDU grew beyond Max: pass over the rest of it
	plus     bool     // the last TSDU was an S7comm-plus frame that continues in the next one
	finished bool     // buf and frames belong to a TSDU that was handed out

	chains []*fragmentChain // userdata messages of which fragments came; see fragments.go
}

// DefaultMaxTSDU is the longest TSDU that an Assembler collects by default. S7 messages
// end at 64 KiB.
const DefaultMaxTSDU = 1 << 18

const (
	maxFragmentFrames = 256
	keepBuffer        = 1 << 16 // larger buffers are given back when their TSDU is done
)

// Reset forgets the fragments collected so far: the stream has a gap or was closed.
func (a *Assembler) Reset() {
	a.next()
	a.plus = false
	a.dropChains()
}

// next prepares for another TSDU.
func (a *Assembler) next() {
	a.buf, a.frames, a.count, a.discard, a.finished = a.buf[:0], a.frames[:0], 0, false, false
	if cap(a.buf) > keepBuffer {
		a.buf = nil
	}
}

// Pending is the number of bytes that wait for their TSDU to be completed.
func (a *Assembler) Pending() int {
	if a.finished {
		return 0
	}
	return len(a.buf)
}

// add takes the payload of one DT. done means that the TSDU is complete: it is in tsdu,
// which is payload itself when only empty fragments came before it. The result is valid
// until the next add. fits is false when the bound was passed, once for each TSDU.
func (a *Assembler) add(payload []byte, eot bool) (tsdu []byte, done, joined, fits bool) {
	if a.finished {
		a.next()
	}
	if eot && a.count == 0 {
		return payload, true, false, true
	}
	a.count++
	if a.Frame != 0 && len(a.frames) < maxFragmentFrames {
		a.frames = append(a.frames, a.Frame)
	}
	if a.discard {
		if eot {
			a.next()
		}
		return nil, false, false, true
	}
	limit := a.Max
	if limit == 0 {
		limit = DefaultMaxTSDU
	}
	if len(payload) > limit-len(a.buf) {
		a.next()
		if !eot {
			a.count, a.discard = 1, true
		}
		return nil, false, false, false
	}
	if eot && len(a.buf) == 0 {
		a.finished = true
		return payload, true, false, true
	}
	a.buf = append(a.buf, payload...)
	if !eot {
		return nil, false, false, true
	}
	a.finished = true
	return a.buf[:len(a.buf):len(a.buf)], true, true, true
}
