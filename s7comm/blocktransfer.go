package s7comm

// BlockTransfer is a block on its way between a programmer and a controller.
type BlockTransfer struct {
	Name       BlockName // by which the transfer calls it; a copy
	Upload     bool      // from the controller; otherwise to it
	UploadID   uint32    // uploads
	Expected   int       // bytes that were announced, 0 when unknown
	FirstFrame uint64    // that the transfer began in
	LastFrame  uint64    // that it ended in
	Data       []byte    // the block as far as it came
	Error      ErrorCode // with which the transfer ended
	Truncated  bool      // more came than is kept
}

// Complete reports whether all of the block came.
func (b *BlockTransfer) Complete() bool {
	return b.Error == 0 && !b.Truncated && len(b.Data) > 0 && (b.Expected == 0 || b.Expected == len(b.Data))
}

// Info reads the head of the block and, when the block is complete, author, family and
// name at its end; ok is false when it is no block of a program.
func (b *BlockTransfer) Info() (i BlockInfo, ok bool) {
	if !i.blockHead(b.Data) {
		return BlockInfo{}, false
	}
	size := blockHeadLength + int(i.CodeLength) + int(i.SSBLength) + int(i.ADDLength) + blockFooterLength
	if b.Complete() && len(b.Data) == int(i.LoadMemory) && size <= len(b.Data) {
		i.author(b.Data[len(b.Data)-blockFooterLength:])
	}
	return i, true
}

const blockFooterLength = 36 // author, family, name, version, checksum, reserved bytes

const (
	maxTransfers     = 4       // blocks on their way at a time; controllers allow one or two
	maxTransferBytes = 1 << 20 // of one block; lengths have six digits
)

// BlockTransfers joins the pieces of the blocks that one connection transfers. The zero
// value is ready.
type BlockTransfers struct {
	open []*BlockTransfer
}

// Reset forgets transfers that are under way: bytes are missing.
func (x *BlockTransfers) Reset() { x.open = x.open[:0] }

// Add takes the next message of the connection; req is the request that it answers, or
// nil. It returns the transfer that the message ends, or nil. The result is the
// caller's.
func (x *BlockTransfers) Add(p *PDU, req *Request, frame uint64) *BlockTransfer {
	if p.Kind != KindS7 || p.Function < FunctionRequestDownload || p.Function > FunctionEndUpload {
		return nil
	}
	k := &p.Block
	switch p.S7.ROSCTR {
	case ROSCTRJob:
		if p.Function == FunctionRequestDownload {
			x.begin(&BlockTransfer{Name: cloneName(k.Name), Expected: expected(k.LoadMemory()), FirstFrame: frame})
		}
		return nil
	case ROSCTRAckData:
	default:
		return nil
	}
	if req == nil || req.ROSCTR != ROSCTRJob || req.Function != p.Function {
		return nil
	}
	asked, ok := req.Block()
	if !ok {
		return nil
	}
	switch p.Function {
	case FunctionStartUpload:
		if p.S7.Error == 0 {
			x.begin(&BlockTransfer{Name: cloneName(asked.Name), Upload: true, UploadID: k.UploadID, Expected: expected(digits(k.LengthStr)), FirstFrame: req.Frame})
		}
	case FunctionUpload, FunctionDownloadBlock:
		if b := x.find(&asked, p.Function == FunctionUpload); b != nil {
			b.add(k.Payload, p.S7.Error, frame)
		}
	case FunctionRequestDownload:
		if p.S7.Error != 0 {
			return x.end(&asked, false, p.S7.Error, frame)
		}
	case FunctionDownloadEnded:
		return x.end(&asked, false, max(asked.Error, p.S7.Error), frame)
	case FunctionEndUpload:
		return x.end(&asked, true, max(asked.Error, p.S7.Error), frame)
	}
	return nil
}

func expected(n int, ok bool) int {
	if !ok {
		return 0
	}
	return n
}

func cloneName(n BlockName) BlockName { return append(BlockName(nil), n...) }

func (x *BlockTransfers) begin(b *BlockTransfer) {
	x.take(func(o *BlockTransfer) bool {
		return o.Upload == b.Upload && o.UploadID == b.UploadID && string(o.Name) == string(b.Name)
	})
	if len(x.open) == maxTransfers {
		x.open = append(x.open[:0], x.open[1:]...)
	}
	x.open = append(x.open, b)
}

// belongs reports whether a request is about the transfer: uploads go by number,
// downloads by name.
func (b *BlockTransfer) belongs(k *Block, upload bool) bool {
	if upload != b.Upload {
		return false
	}
	if upload {
		return b.UploadID == k.UploadID
	}
	return string(b.Name) == string(k.Name)
}

func (x *BlockTransfers) find(k *Block, upload bool) *BlockTransfer {
	for _, b := range x.open {
		if b.belongs(k, upload) {
			return b
		}
	}
	return nil
}

func (x *BlockTransfers) end(k *Block, upload bool, e ErrorCode, frame uint64) *BlockTransfer {
	b := x.take(func(o *BlockTransfer) bool { return o.belongs(k, upload) })
	if b != nil {
		b.LastFrame = frame
		b.Error = max(b.Error, e)
	}
	return b
}

// take removes and returns the transfer that suits, or nil.
func (x *BlockTransfers) take(suits func(*BlockTransfer) bool) *BlockTransfer {
	for i, b := range x.open {
		if suits(b) {
			x.open = append(x.open[:i], x.open[i+1:]...)
			return b
		}
	}
	return nil
}

func (b *BlockTransfer) add(piece []byte, e ErrorCode, frame uint64) {
	b.LastFrame = frame
	b.Error = max(b.Error, e)
	if len(b.Data)+len(piece) > maxTransferBytes {
		b.Truncated = true
		return
	}
	b.Data = append(b.Data, piece...)
}

// Block reads what the request of a block transfer said; ok is false for other requests
// and when it is cut off. It borrows from the request.
func (r *Request) Block() (k Block, ok bool) {
	if r.ROSCTR != ROSCTRJob || r.Function < FunctionRequestDownload || r.Function > FunctionEndUpload {
		return Block{}, false
	}
	p := PDU{S7: Header{ROSCTR: ROSCTRJob}, Function: r.Function, Param: r.Param}
	p.block(0, nil)
	return p.Block, !p.bad
}
