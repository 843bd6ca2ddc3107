package s7comm

import "plcscope/internal/wire"

// BlockType is the kind of a program block.
type BlockType uint8

const (
	BlockOB  BlockType = 0x08
	BlockMod BlockType = 0x09
	BlockDB  BlockType = 0x0A
	BlockSDB BlockType = 0x0B
	BlockFC  BlockType = 0x0C
	BlockSFC BlockType = 0x0D
	BlockFB  BlockType = 0x0E
	BlockSFB BlockType = 0x0F
)

var blockNames = [...]string{8: "OB", 9: "CMod", 10: "DB", 11: "SDB", 12: "FC", 13: "SFC", 14: "FB", 15: "SFB"}

func (t BlockType) String() string {
	if int(t) < len(blockNames) && blockNames[t] != "" {
		return blockNames[t]
	}
	return unknown("block type", uint64(t))
}

// BlockName is the name by which a transfer or a program invocation calls a block:
// "_0A00001P", or without its first character in a program invocation. Numerical
// controls transfer files by path instead. Borrowed.
type BlockName []byte

// Parts takes the name apart. complete is false for "$", which asks for the header
// only. filesystem is P passive, A active or B both. ok is false when the name is not
// that of a block.
func (n BlockName) Parts() (typ BlockType, number int, filesystem byte, complete, ok bool) {
	complete = true
	if len(n) == 9 {
		if n[0] != '_' && n[0] != '$' {
			return 0, 0, 0, false, false
		}
		complete = n[0] == '_'
		n = n[1:]
	}
	if len(n) != 8 || n[0] != '0' {
		return 0, 0, 0, false, false
	}
	switch c := n[1]; {
	case c == '8' || c == '9':
		typ = BlockType(c - '0')
	case c >= 'A' && c <= 'F':
		typ = BlockType(c - 'A' + 10)
	default:
		return 0, 0, 0, false, false
	}
	number, ok = digits(n[2:7])
	return typ, number, n[7], complete, ok
}

// Append adds the block as programmers write it, "DB1", or the raw name.
func (n BlockName) Append(b []byte) []byte {
	typ, number, _, complete, ok := n.Parts()
	if !ok {
		return appendText(b, n)
	}
	b = append(b, typ.String()...)
	b = appendUint(b, uint64(number))
	if !complete {
		b = append(b, " header"...)
	}
	return b
}

func (n BlockName) String() string { return string(n.Append(nil)) }

func digits(s []byte) (v int, ok bool) {
	for _, c := range s {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int(c-'0')
	}
	return v, len(s) > 0
}

// Block is what a block transfer message says (FunctionRequestDownload to
// FunctionEndUpload). Fields that its form does not have are zero.
type Block struct {
	Status    uint8     // bit 0 more data follow, bit 1 error
	HasStatus bool      // the message has a status byte; short answers have not
	Unknown   []byte    // bytes of unknown meaning
	Error     ErrorCode // download ended, end upload
	UploadID  uint32    // upload
	Name      BlockName // requests that name the block
	Lengths   []byte    // request download: "1" and six digits each of load memory and code length
	LengthStr []byte    // answer to start upload: bytes of the block in digits
	Size      uint16    // answers that carry data: their length as stated
	Payload   []byte    // answers that carry data
}

// More reports whether more data follow.
func (k *Block) More() bool { return k.Status&1 != 0 }

// Failed reports whether the error bit is set.
func (k *Block) Failed() bool { return k.Status&2 != 0 }

// LoadMemory and CodeLength are the sizes in bytes that a request to download
// announces; ok is false when it has none.
func (k *Block) LoadMemory() (n int, ok bool) { return lengthPart(k.Lengths, 1) }

// CodeLength is the length of the MC7 code in bytes, see LoadMemory.
func (k *Block) CodeLength() (n int, ok bool) { return lengthPart(k.Lengths, 7) }

func lengthPart(s []byte, from int) (int, bool) {
	if len(s) < from+6 {
		return 0, false
	}
	return digits(s[from : from+6])
}

// block reads the parameter part of a job of block transfer or its answer.
func (p *PDU) block(n int, t *wire.Tree) {
	k := &p.Block
	*k = Block{}
	base := enter(t, n)
	c := wire.NewCursor(p.Param, t)
	c.Seek(1)
	job := p.S7.ROSCTR == ROSCTRJob
	if job || c.Len() > 0 {
		k.status(&c)
	}
	if job {
		k.job(&c, p.Function)
	} else if p.Function == FunctionStartUpload && c.Len() > 0 {
		k.Unknown = c.Bytes(fBlockUnknown, 2)
		k.UploadID = c.U32(fUploadID)
		if c.Len() > 0 {
			k.LengthStr = c.Bytes(fLengthString, int(c.U8(fLengthStringLen)))
		}
	}
	p.finish(&c, p.Param, p.origin+n, fSurplus, "")
	t.Base(base)
}

func (k *Block) status(c *wire.Cursor) {
	k.HasStatus = c.Len() > 0
	off := c.Off()
	k.Status = c.U8(fBlockStatus)
	if t := c.Tree(); t != nil && k.HasStatus {
		t.Bool(fBlockMore, off, k.More())
		t.Bool(fBlockFailed, off, k.Failed())
	}
}

func (k *Block) job(c *wire.Cursor, f Function) {
	switch f {
	case FunctionDownloadEnded, FunctionEndUpload:
		k.Error = ErrorCode(c.U16(fBlockError))
	default:
		k.Unknown = c.Bytes(fBlockUnknown, 2)
	}
	switch f {
	case FunctionStartUpload, FunctionUpload, FunctionEndUpload:
		k.UploadID = c.U32(fUploadID)
	default:
		c.Bytes(fBlockUnknown, 4)
	}
	if f == FunctionUpload || f == FunctionEndUpload || !c.OK() || c.Len() == 0 {
		return
	}
	size := int(c.U8(fFilenameLen))
	off := c.Off()
	k.Name = BlockName(c.Bytes(fFilename, size))
	k.Name.fields(c.Tree(), off)
	if f == FunctionRequestDownload && c.OK() && c.Len() > 0 {
		size := int(c.U8(fPart2Len))
		off := c.Off()
		if size > c.Len() || size != 13 {
			k.Lengths = c.Bytes(fLengthsOdd, size)
			return
		}
		k.Lengths = c.Rest()[:size:size]
		c.Bytes(fPart2Unknown, 1)
		c.Bytes(fLoadMemory, 6)
		c.Bytes(fCodeLength, 6)
		c.Seek(off + size)
	}
}

// fields adds the parts of a nine-character block name.
func (n BlockName) fields(t *wire.Tree, off int) {
	if t == nil {
		return
	}
	if len(n) == 9 && n[0] == '_' {
		if _, _, _, _, ok := n.Parts(); !ok {
			return
		}
		t.Data(fFileIdent, off, n[:1])
		n, off = n[1:], off+1
	} else if len(n) != 8 {
		return
	}
	t.Data(fBlockType, off, n[:2])
	t.Data(fBlockNumber, off+2, n[2:7])
	t.Data(fFilesystem, off+7, n[7:8])
}

// carriesBlock reports whether the data part holds a piece of a block.
func (p *PDU) carriesBlock() bool {
	return p.S7.ROSCTR == ROSCTRAckData && (p.Function == FunctionDownloadBlock || p.Function == FunctionUpload)
}

// blockData reads the data part of an answer that carries a piece of a block; base is
// its offset in the TSDU.
func (p *PDU) blockData(base int, t *wire.Tree) {
	k, b := &p.Block, p.Data
	if len(b) < 4 {
		t.Data(fSurplus, base, b)
		p.fail(p.origin+base, fDataLength, "is cut off", "")
		return
	}
	k.Size = be16(b)
	k.Payload = b[4:]
	if size := int(k.Size); size <= len(k.Payload) {
		k.Payload = k.Payload[:size:size]
	} else {
		p.fail(p.origin+base, fDataLength, "passes the end of the data part", "")
	}
	if t != nil {
		t.Uint(fDataLength, base, 2, uint64(k.Size))
		t.Data(fBlockUnknown, base+2, b[2:4])
		t.Data(fRespData, base+4, b[4:])
	}
}
