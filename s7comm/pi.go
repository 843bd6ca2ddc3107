package s7comm

import "plcscope/internal/wire"

// PI is a program invocation (FunctionPI) or a stop (FunctionStop).
type PI struct {
	Unknown    []byte      // seven bytes, five in a stop
	Service    []byte      // "_INSE", "P_PROGRAM"
	Parameters []byte      // the parameter block
	Blocks     []BlockName // blocks that _INSE, _INS2 and _DELE name
	Arguments  [][]byte    // strings given to the other services, see ArgumentName
	Status     uint8       // of an answer: bit 1 error
	HasStatus  bool
}

// Secret reports whether argument i of the service is a password.
func (s *PI) Secret(i int) bool { return s.ArgumentName(i) == "password" }

// ArgumentName is what argument i of the service means, in the last part of
// Wireshark's field name ("filename"), or "".
func (s *PI) ArgumentName(i int) string {
	if args := piServices[string(s.Service)].arguments; i < len(args) {
		return args[i].name
	}
	return ""
}

// Title is what the service does, or "".
func (s *PI) Title() string { return piServices[string(s.Service)].title }

// pi reads the parameter part of a program invocation, a stop or their answers.
func (p *PDU) pi(n int, t *wire.Tree) {
	s := &p.PI
	*s = PI{Blocks: s.Blocks[:0], Arguments: s.Arguments[:0]}
	base := enter(t, n)
	c := wire.NewCursor(p.Param, t)
	c.Seek(1)
	switch {
	case p.S7.ROSCTR != ROSCTRJob && p.Function == FunctionPI:
		if c.Len() > 0 {
			var k Block
			k.status(&c)
			s.Status, s.HasStatus = k.Status, true
		}
	case p.S7.ROSCTR != ROSCTRJob:
		if c.Len() > 0 {
			s.Status, s.HasStatus = c.Rest()[0], true
			c.Bytes(fParamBytes, c.Len())
		}
	case p.Function == FunctionStop:
		s.Unknown = c.Bytes(fPIUnknown, 5)
		s.Service = c.Bytes(fPIService, int(c.U8(fStopLen)))
	default:
		s.Unknown = c.Bytes(fPIUnknown, 7)
		size := int(c.U16(fPIBlockLen))
		off := c.Off()
		c.Skip(fPIBlock, size)
		if c.OK() {
			s.Parameters = p.Param[off : off+size : off+size]
			p.invocation(&c, off)
		}
	}
	p.finish(&c, p.Param, p.origin+n, fSurplus, "")
	t.Base(base)
}

// invocation reads the parameter block at off. What it means depends on the name of
// the service, which stands behind it.
func (p *PDU) invocation(c *wire.Cursor, off int) {
	s, t := &p.PI, c.Tree()
	at := c.Off()
	if rest := c.Rest(); len(rest) > 0 && int(rest[0]) < len(rest) {
		s.Service = rest[1 : 1+int(rest[0])]
	}
	end := off + len(s.Parameters)
	h := t.Open(fPIBlock, off)
	service, known := piServices[string(s.Service)]
	switch {
	case !known:
		if len(s.Parameters) > 0 {
			t.Data(fSurplus, off, s.Parameters)
		}
	case service.blocks:
		p.invokedBlocks(off, t)
	case len(service.arguments) == 1 && service.arguments[0] == fPIArgument1:
		s.Arguments = append(s.Arguments, s.Parameters)
		t.Data(fPIArgument, off, s.Parameters)
	default:
		p.strings(off, service.arguments, t)
	}
	t.Close(h, end)
	c.Seek(at)
	s.Service = c.Bytes(fPIService, int(c.U8(fPIStringLen)))
}

func (p *PDU) invokedBlocks(off int, t *wire.Tree) {
	s := &p.PI
	b := s.Parameters
	if len(b) < 2 {
		if len(b) > 0 {
			t.Data(fSurplus, off, b)
		}
		return
	}
	t.Uint(fBlockCount, off, 1, uint64(b[0]))
	t.Uint(fInseUnknown, off+1, 1, uint64(b[1]))
	i := 2
	for range int(b[0]) {
		if i+8 > len(b) {
			p.fail(p.origin+int(p.S7.HeaderLen)+off, fBlockCount, "exceeds the block names that are there", "")
			break
		}
		name := BlockName(b[i : i+8 : i+8])
		s.Blocks = append(s.Blocks, name)
		t.Data(fFilename, off+i, name)
		name.fields(t, off+i)
		i += 8
	}
	if i < len(b) {
		t.Data(fSurplus, off+i, b[i:])
	}
}

// strings reads the arguments of a service of a numerical control: strings with a
// length byte before them, padded to even length.
func (p *PDU) strings(off int, args []*piArgument, t *wire.Tree) {
	s := &p.PI
	b := s.Parameters
	i := 0
	rest := fSurplus
	for _, a := range args {
		if a.field.Mask {
			p.Secret, rest = true, fSecret
		}
	}
	for _, a := range args {
		if i >= len(b) {
			break
		}
		size := int(b[i])
		if i+1+size > len(b) {
			p.fail(p.origin+int(p.S7.HeaderLen)+off+i, fPIStringLen, "passes the end of the parameter block", "")
			break
		}
		v := b[i+1 : i+1+size : i+1+size]
		s.Arguments = append(s.Arguments, v)
		if t != nil {
			t.Uint(fPIStringLen, off+i, 1, uint64(size))
			t.Data(a.field, off+i+1, v)
		}
		i += 1 + size
		if size&1 == 0 && i < len(b) { // padded to even length
			if b[i] != 0 {
				t.Data(rest, off+i, b[i:i+1])
			}
			i++
		}
	}
	if i < len(b) {
		t.Data(rest, off+i, b[i:])
	}
}
