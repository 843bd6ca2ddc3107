package assets

import (
	"cmp"
	"slices"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/s7comm"
)

type blockKey struct {
	typ    s7comm.BlockType
	number int
}

// Block is a program block of which something was seen.
type Block struct {
	Type               s7comm.BlockType
	Number             int
	Listed             bool // in a list of the blocks of a type
	Uploads, Downloads uint64
	Described          bool // Info is there; Author and what follows it only when Info.HasAuthor
	Info               s7comm.BlockInfo
	By                 decode.Addr // who transferred it last
	Frame              uint64      // in which the latest transfer ended
	Time               int64       // of that frame
}

// block finds or makes a block; nil when there are too many.
func (v *Inventory) block(x *module, t s7comm.BlockType, number int) *Block {
	k := blockKey{t, number}
	b := x.blocks[k]
	if b == nil {
		if len(x.blocks) == maxBlocks {
			v.bounds.Blocks++
			return nil
		}
		b = &Block{Type: t, Number: number}
		x.blocks[k] = b
	}
	return b
}

// blockAnswer takes in lists and descriptions of blocks.
func (v *Inventory) blockAnswer(c *conn, m *flows.Message) {
	u := &m.PDU.Userdata
	x := c.unit
	if l := u.BlockCounts(); l != nil {
		x.counts = l[:min(len(l), 32)]
		return
	}
	for _, e := range u.ListedBlocks() {
		if b := v.block(x, c.listed, int(e.Number)); b != nil {
			b.Listed = true
			if !b.Described {
				b.Info.Language = e.Language
			}
		}
	}
	if i, ok := u.BlockInfo(); ok {
		v.describe(x, i)
	}
}

// describe notes what a block tells of itself.
func (v *Inventory) describe(x *module, i s7comm.BlockInfo) {
	b := v.block(x, i.Type, int(i.Number))
	if b != nil && (i.HasAuthor || !b.Info.HasAuthor) {
		b.Described, b.Info = true, i
	}
}

// transfer joins the pieces of blocks on their way.
func (v *Inventory) transfer(c *conn, m *flows.Message) {
	p := m.PDU
	if p.S7.ROSCTR == s7comm.ROSCTRUserdata || p.Function < s7comm.FunctionRequestDownload || p.Function > s7comm.FunctionEndUpload {
		return
	}
	if !c.transferring {
		if v.transferring == maxTransferring {
			return
		}
		c.transferring = true
		v.transferring++
	}
	t := c.transfers.Add(p, m.Request, m.Frame)
	if t == nil {
		return
	}
	name := t.Name
	i, described := t.Info()
	c.transferred(v, t)
	typ, number, _, _, ok := name.Parts()
	if !ok || t.Error != 0 {
		return
	}
	b := v.block(c.unit, typ, number)
	if b == nil {
		return
	}
	if described && i.Type == typ && int(i.Number) == number {
		v.describe(c.unit, i)
	}
	if t.Upload {
		b.Uploads++
	} else {
		b.Downloads++
	}
	b.By, b.Frame, b.Time = c.pair.client, t.LastFrame, m.Time
}

// transferBegins notes that a client asks for a transfer.
func (v *Inventory) transferBegins(c *conn, m *flows.Message, k ActionKind) *Action {
	name := m.PDU.Block.Name
	at := v.record(c, m, k, name.String())
	if len(c.moving) == maxMoving {
		c.moving = slices.Delete(c.moving, 0, 1)
	}
	c.moving = append(c.moving, moving{clip(string(name)), k, at})
	return at
}

// transferred notes what became of a transfer.
func (c *conn) transferred(v *Inventory, t *s7comm.BlockTransfer) {
	kind := Download
	if t.Upload {
		kind = Upload
	}
	for i := len(c.moving) - 1; i >= 0; i-- {
		x := c.moving[i]
		if x.kind != kind || x.name != clip(string(t.Name)) {
			continue
		}
		c.moving = slices.Delete(c.moving, i, i+1)
		switch {
		case t.Error != 0:
			v.settle(x.action, Refused, t.Error.String())
		case t.Complete():
			v.settle(x.action, Done, "")
		}
		return
	}
}

// sorted are the blocks of a module by type and number.
func (x *module) sorted() []Block {
	list := make([]Block, 0, len(x.blocks))
	for _, b := range x.blocks {
		list = append(list, *b)
	}
	slices.SortFunc(list, func(a, b Block) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Number, b.Number))
	})
	return list
}
