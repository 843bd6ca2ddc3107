package s7comm

import "plcscope/internal/wire"

// joinPayload finds out what the payload belongs to: Content becomes the payload itself,
// or what the fragments make when this is their last one, or nil before that.
func (p *PDU) joinPayload() {
	u := &p.Userdata
	if u.Group == GroupPBC && hasRID(u.Payload) {
		u.RID = be32(u.Payload[4:])
	}
	u.Content = u.fragmentData()
	key, ok := u.fragmentKey()
	if !ok {
		return
	}
	if p.asm != nil { // otherwise p.chain is that of this very message
		p.chain = p.asm.fragment(key, u.Content, u.LastUnit != 0)
	}
	switch c := p.chain; {
	case c == nil && u.LastUnit == 0: // nobody collects
	case c == nil || c.open || c.lost:
		u.Content = nil
	case c.count > 1:
		u.Content = c.content
	}
}

// fragmentData is the part of the payload that fragments are joined from: what stands
// behind the head that some services repeat in each.
func (u *Userdata) fragmentData() []byte {
	switch {
	case u.Group == GroupPBC && hasRID(u.Payload):
		return u.Payload[ridLength:]
	case u.ncUpload() && len(u.Payload) >= ncUnknown:
		return u.Payload[ncUnknown:]
	}
	return u.Payload
}

// joined reports whether Content was joined from several messages.
func (p *PDU) joined() bool {
	return p.chain != nil && !p.chain.open && p.chain.count > 1 && p.Userdata.Content != nil
}

// contents adds what the payload, which begins at off, holds.
func (p *PDU) contents(t *wire.Tree, off int) {
	u := &p.Userdata
	_, fragment := u.fragmentKey()
	alone := !fragment || p.chain == nil || p.chain.count == 1
	switch {
	case len(u.Payload) == 0:
	case alone && u.Content != nil:
		base := enter(t, off)
		c := wire.NewCursor(u.Payload, t)
		u.fields(&c)
		leftover(&c, u.Payload)
		t.Base(base)
	default:
		p.fragmentFields(t, off)
	}
}

// fragmentFields shows the part of a chain that this message carries and, in the last
// one, what the chain makes.
func (p *PDU) fragmentFields(t *wire.Tree, off int) {
	u := &p.Userdata
	part := u.fragmentData()
	head := len(u.Payload) - len(part)
	if head > 0 {
		base := enter(t, off)
		c := wire.NewCursor(u.Payload[:head], t)
		if u.Group == GroupPBC {
			ridFields(&c)
		} else {
			c.Bytes(fBlockUnknown, head)
		}
		t.Base(base)
	}
	data := fFragmentData
	if p.Secret {
		data = fSecret
	}
	t.Data(data, off+head, part)
	if !p.joined() {
		return
	}
	base := t.Base(0)
	from := len(t.Nodes)
	c := wire.NewCursor(u.Content, t)
	u.joinedFields(&c)
	leftover(&c, u.Content)
	t.Base(base)
	// Bytes that came in earlier frames have no place in this message.
	earlier, start := int32(len(u.Content)-len(part)), int32(base+off+head)
	for i := from; i < len(t.Nodes); i++ {
		n := &t.Nodes[i]
		begin, end := max(n.Off-earlier, 0), max(n.Off+n.Len-earlier, 0)
		n.Off, n.Len = start+begin, end-begin
	}
}

// chainFields adds which frames a message was joined from, behind everything else.
func (p *PDU) chainFields(t *wire.Tree, off int) {
	if t == nil || !p.joined() {
		return
	}
	h := t.Open(fFragments, off)
	for _, frame := range p.chain.frames {
		t.Uint(fFragment, off, 0, frame)
	}
	t.Uint(fFragmentCount, off, 0, uint64(p.chain.count))
	t.Uint(fReassembledUD, off, 0, uint64(len(p.Userdata.Content)))
	t.Close(h, off)
}

// leftover adds the bytes of b that c did not read: what lies behind a field that did
// not fit, or behind the last.
func leftover(c *wire.Cursor, b []byte) {
	at := c.Off()
	if !c.OK() {
		_, at, _, _ = c.Failed()
	}
	if at < len(b) {
		c.Tree().Data(fSurplus, at, b[at:])
	}
}

// fields adds what the content of the message means. Each function group has its own
// file; what is not known there is shown as bytes.
func (u *Userdata) fields(c *wire.Cursor) {
	if u.Group == GroupSecurity {
		u.security(c)
		return
	}
	if u.ReturnCode != ReturnSuccess {
		return
	}
	switch u.Group {
	case GroupProgrammer:
		u.programmer(c)
	case GroupCyclic:
		u.cyclic(c)
	case GroupBlock:
		u.blockFunctions(c)
	case GroupCPU:
		u.cpuFunctions(c)
	case GroupPBC:
		u.pbc(c)
	case GroupTime:
		u.clock(c)
	case GroupNC:
		u.ncProgram(c)
	}
}

// joinedFields is fields for content that was joined; the head of its fragments is
// shown already.
func (u *Userdata) joinedFields(c *wire.Cursor) {
	switch {
	case u.Group == GroupPBC:
		pbcData(c)
	case u.ncUpload():
		ncFile(c)
	default:
		u.fields(c)
	}
}

// undecoded shows what is left as the payload that it is.
func undecoded(c *wire.Cursor) {
	if c.Len() > 0 {
		c.Bytes(fUDData, c.Len())
	}
}
