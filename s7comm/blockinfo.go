package s7comm

import (
	"bytes"

	"plcscope/internal/wire"
)

// Subfunctions of GroupBlock.
const (
	subListBlocks = 1
	subListType   = 2
	subBlockInfo  = 3
)

// Language is the programming language that a block was written in.
type Language uint8

var languages = map[Language]string{
	0: "undefined", 1: "AWL", 2: "KOP", 3: "FUP", 4: "SCL", 5: "DB", 6: "GRAPH", 7: "SDB", 8: "CPU-DB",
	0x11: "SDB after reset", 0x12: "SDB routing", 0x29: "encrypted",
}

func (l Language) String() string {
	if s, ok := languages[l]; ok {
		return s
	}
	return unknown("language", uint64(l))
}

// BlockCount is how many blocks of a type a controller holds.
type BlockCount struct {
	Type  BlockType
	Count uint16
}

// BlockCounts reads the answer to a request to list all blocks.
func (u *Userdata) BlockCounts() []BlockCount {
	if u.Group != GroupBlock || u.Subfunction != subListBlocks || !u.answers() {
		return nil
	}
	list := make([]BlockCount, 0, len(u.Content)/4)
	for b := u.Content; len(b) >= 4; b = b[4:] {
		if t, ok := blockTypeOf(b); ok {
			list = append(list, BlockCount{t, be16(b[2:])})
		}
	}
	return list
}

// ListedBlock is one entry of the list of the blocks of a type.
type ListedBlock struct {
	Number   uint16
	Flags    uint8 // meaning not known
	Language Language
}

// ListedBlocks reads the answer to a request to list the blocks of a type.
func (u *Userdata) ListedBlocks() []ListedBlock {
	if u.Group != GroupBlock || u.Subfunction != subListType || !u.answers() {
		return nil
	}
	list := make([]ListedBlock, 0, len(u.Content)/4)
	for b := u.Content; len(b) >= 4; b = b[4:] {
		list = append(list, ListedBlock{be16(b), b[2], Language(b[3])})
	}
	return list
}

// answers reports whether the message is an answer that brings something.
func (u *Userdata) answers() bool {
	return u.Type == UserdataResponse && u.ReturnCode == ReturnSuccess && u.Content != nil
}

// BlockRequested is the block type that a request to list or describe names, and for a
// description its number; ok is false for other messages.
func (u *Userdata) BlockRequested() (typ BlockType, number int, ok bool) {
	b := u.Content
	if u.Group != GroupBlock || u.Type != UserdataRequest || len(b) < 2 {
		return 0, 0, false
	}
	typ, ok = blockTypeOf(b)
	if u.Subfunction == subBlockInfo {
		if len(b) < 7 {
			return 0, 0, false
		}
		var numbered bool
		number, numbered = digits(b[2:7])
		ok = ok && numbered
	}
	return typ, number, ok
}

// blockTypeOf reads a block type in two hexadecimal digits: "0A".
func blockTypeOf(b []byte) (BlockType, bool) {
	t, _, _, _, ok := BlockName([]byte{b[0], b[1], '0', '0', '0', '0', '0', 'P'}).Parts()
	return t, ok
}

// BlockInfo describes a block: the answer to a request, or the head of a block image.
// Author, Family and Name are trimmed; an image has them and the rest behind them only
// when all of it was transferred.
type BlockInfo struct {
	Attributes    uint8 // bit 0 linked, 1 standard block, 3 not retentive
	Language      Language
	Type          BlockType
	Number        uint16
	LoadMemory    uint32    // bytes
	Security      uint32    // 0 none, 3 know-how protected
	CodeTime      Timestamp // last change of the code
	InterfaceTime Timestamp // last change of the interface
	SSBLength     uint16    // bytes
	ADDLength     uint16    // bytes
	LocalData     uint16    // bytes
	CodeLength    uint16    // MC7 code, bytes
	Author        string    // at most 8 characters
	Family        string
	Name          string
	Version       uint8  // major in the high, minor in the low nibble
	Checksum      uint16 // over code and interface
	HasAuthor     bool   // Author to Checksum are there
}

const (
	blockHeadLength = 36 // of a block image, from its signature on
	blockInfoLength = 78
	blockInfoHead   = 6 // bytes of an answer before the signature

	knowHow = 3 // Security of a block whose code is not shown
)

var blockSignature = []byte("pp")

// blockHead reads the 36 bytes that begin with the signature.
func (i *BlockInfo) blockHead(b []byte) bool {
	if len(b) < blockHeadLength || !bytes.Equal(b[:2], blockSignature) {
		return false
	}
	*i = BlockInfo{
		Attributes: b[3], Language: Language(b[4]), Type: BlockType(b[5]), Number: be16(b[6:]), LoadMemory: be32(b[8:]), Security: be32(b[12:]),
		CodeTime: blockTimestamp(b[16:]), InterfaceTime: blockTimestamp(b[22:]),
		SSBLength: be16(b[28:]), ADDLength: be16(b[30:]), LocalData: be16(b[32:]), CodeLength: be16(b[34:]),
	}
	return true
}

// author reads author, family and name, the version, a byte of unknown meaning and the
// checksum: 28 bytes.
func (i *BlockInfo) author(b []byte) {
	i.Author, i.Family, i.Name = trimmed(b[:8]), trimmed(b[8:16]), trimmed(b[16:24])
	i.Version, i.Checksum, i.HasAuthor = b[24], be16(b[26:]), true
}

// trimmed drops the NULs and spaces that pad a text.
func trimmed(b []byte) string { return string(bytes.TrimRight(b, "\x00 ")) }

// BlockInfo reads the answer to a request for the description of a block.
func (u *Userdata) BlockInfo() (i BlockInfo, ok bool) {
	b := u.Content
	if u.Group != GroupBlock || u.Subfunction != subBlockInfo || !u.answers() || len(b) < blockInfoLength || !i.blockHead(b[blockInfoHead:]) {
		return BlockInfo{}, false
	}
	i.author(b[blockInfoHead+blockHeadLength:])
	return i, true
}

// VersionString is the version as "1.0".
func (i *BlockInfo) VersionString() string { return versionText([]byte{i.Version}) }

func versionText(b []byte) string {
	if len(b) != 1 {
		return ""
	}
	v := appendUint(nil, uint64(b[0]>>4))
	return string(appendUint(append(v, '.'), uint64(b[0]&15)))
}

// blockFunctions shows a message of GroupBlock.
func (u *Userdata) blockFunctions(c *wire.Cursor) {
	request, response := u.Type == UserdataRequest, u.Type == UserdataResponse
	switch {
	case request && u.Subfunction == subListType:
		c.Bytes(fListBlockType, 2)
	case request && u.Subfunction == subBlockInfo:
		c.Bytes(fListBlockType, 2)
		c.Bytes(fInfoAskedNumber, 5)
		c.Bytes(fInfoAskedFile, 1)
	case response && u.Subfunction == subListBlocks:
		listed(c, func() {
			c.Bytes(fListBlockType, 2)
			c.U16(fListBlockCount)
		})
	case response && u.Subfunction == subListType:
		listed(c, func() {
			c.U16(fInfoBlockNumber)
			c.U8(fInfoListFlags)
			c.U8(fInfoLanguage)
		})
	case response && u.Subfunction == subBlockInfo:
		blockInfoFields(c)
	case request && u.Subfunction == subListBlocks:
	default:
		undecoded(c)
	}
}

// listed shows entries of four bytes, each under a heading.
func listed(c *wire.Cursor, entry func()) {
	for t := c.Tree(); c.Len() >= 4; {
		h := t.Open(fDataItem, c.Off())
		entry()
		t.Close(h, c.Off())
	}
}

func blockInfoFields(c *wire.Cursor) {
	c.Bytes(fListBlockType, 2)
	c.U16(fInfoLength)
	c.U16(fInfoUnknown2)
	c.Bytes(fInfoConstant, 2)
	c.Bytes(fInfoUnknown, 1)
	off := c.Off()
	flags := c.U8(fInfoFlags)
	if t := c.Tree(); t != nil && c.OK() {
		t.Bool(fInfoLinked, off, flags&1 != 0)
		t.Bool(fInfoStandard, off, flags&2 != 0)
		t.Bool(fInfoNonRetain, off, flags&8 != 0)
	}
	c.U8(fInfoLanguage)
	c.U8(fInfoType)
	c.U16(fInfoBlockNumber)
	c.U32(fInfoLoadMemory)
	c.U32(fInfoSecurity)
	c.Bytes(fInfoCodeTime, 6)
	c.Bytes(fInfoInterfaceTime, 6)
	c.U16(fInfoSSB)
	c.U16(fInfoADD)
	c.U16(fInfoLocalData)
	c.U16(fInfoCode)
	c.Bytes(fInfoAuthor, 8)
	c.Bytes(fInfoFamily, 8)
	c.Bytes(fInfoName, 8)
	c.Bytes(fInfoVersion, 1)
	c.Bytes(fInfoUnknown, 1)
	c.U16(fInfoChecksum)
	c.U32(fInfoReserved1)
	c.U32(fInfoReserved2)
}
