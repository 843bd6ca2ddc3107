package mqtt

func (d *decoder) connack() {
	p, t := d.p, d.t
	if d.Len() == 0 {
		d.U8(fAckFlags)
		return
	}
	at := d.Off()
	p.AckFlags = d.Rest()[0]
	p.SessionPresent = p.Version != V31 && p.AckFlags&1 != 0
	d.Skip(fAckFlags, 1)
	code := fReasonConnack
	switch p.Version {
	case V31:
		t.Bool(fAckReserved, at, p.AckFlags != 0)
		code = fReturnCode
	default:
		h := d.open(fAckFlags, at, uint64(p.AckFlags))
		t.Bool(fAckReserved, at, p.AckFlags>>1 != 0)
		t.Bool(fAckSession, at, p.AckFlags&1 != 0)
		t.Close(h, at+1)
		if p.Version == V311 {
			code = fReturnCode
		}
	}
	p.Code = ReasonCode(d.U8(code))
	if p.Version == V5 {
		d.props()
	}
}

func appendConnack(b []byte, p *Packet) []byte {
	flags := p.AckFlags
	if p.SessionPresent {
		flags |= 1
	}
	b = append(b, flags, byte(p.Code))
	if p.Version == V5 {
		b = p.Props.Append(b)
	}
	return b
}

// ack is PUBACK, PUBREC, PUBREL or PUBCOMP.
func (d *decoder) ack() {
	d.identifier()
	if d.p.Version == V5 {
		d.reason()
	}
}

// reason reads the reason code and the properties of 5.0, each of which may be
// left out together with what follows it.
func (d *decoder) reason() {
	if d.Len() == 0 {
		return
	}
	d.p.Reason = ReasonCode(d.U8(fReason[d.p.Type]))
	d.p.HasReason = true
	if d.Len() > 0 {
		d.props()
	}
}

func appendAck(b []byte, p *Packet) []byte {
	b = append(b, byte(p.ID>>8), byte(p.ID))
	return appendReason(b, p)
}

func appendReason(b []byte, p *Packet) []byte {
	props := p.HasProps || len(p.Props.Raw) > 0
	if p.Version != V5 || !props && !p.HasReason && p.Reason == 0 {
		return b
	}
	b = append(b, byte(p.Reason))
	if props {
		b = p.Props.Append(b)
	}
	return b
}
