package mqtt

import "plcscope/internal/wire"

// filters reads SUBSCRIBE, in which options follow each filter, or UNSUBSCRIBE.
func (d *decoder) filters() {
	d.identifier()
	if d.p.Version == V5 {
		d.props()
	}
	for d.OK() && d.Len() > 0 {
		f := d.filter()
		if d.OK() && d.p.Type == SUBSCRIBE {
			f.Options = d.options()
		}
		if d.OK() {
			d.p.Filters = append(d.p.Filters, f)
		}
	}
}

func (d *decoder) filter() (f Filter) {
	f.Offset = d.Off()
	f.Filter = d.topic(fTopicLen, fTopic)
	if len(f.Filter) == 0 {
		d.emptyTopic(f.Offset)
	}
	return f
}

// options reads the byte behind a filter.
func (d *decoder) options() byte {
	if d.p.Version != V5 {
		return d.U8(fSubQoS)
	}
	o := d.Bits(fSubOptions)
	if d.t == nil || !d.OK() {
		return o
	}
	at, v := d.Off()-1, uint64(o)
	h := d.open(fSubOptions, at, v)
	d.t.Uint(fSubReserved, at, 1, v>>6)
	d.t.Uint(fSubRetain, at, 1, v>>4&3)
	d.t.Bool(fSubRAP, at, v&8 != 0)
	d.t.Bool(fSubNoLocal, at, v&4 != 0)
	d.t.Uint(fSubMaxQoS, at, 1, v&3)
	d.t.Close(h, at+1)
	return o
}

func appendSubscribe(b []byte, p *Packet) []byte {
	b = append(b, byte(p.ID>>8), byte(p.ID))
	if p.Version == V5 {
		b = p.Props.Append(b)
	}
	for i := range p.Filters {
		b = appendString(b, p.Filters[i].Filter)
		if p.Type == SUBSCRIBE {
			b = append(b, p.Filters[i].Options)
		}
	}
	return b
}

func (d *decoder) suback() {
	d.identifier()
	f := fReasonSuback
	switch d.p.Version {
	case V5:
		d.props()
	case V31, V311:
		f = fSubackQoS
	}
	d.codes(f)
}

// unsuback has codes in 5.0 only.
func (d *decoder) unsuback() {
	d.identifier()
	if d.p.Version == V5 {
		d.props()
		d.codes(fReasonUnsuback)
	}
}

// codes takes the rest of the packet.
func (d *decoder) codes(f *wire.Field) {
	if !d.OK() {
		return
	}
	d.p.Codes = d.Rest()
	at := d.Off()
	if d.t != nil {
		for i, c := range d.p.Codes {
			d.t.Uint(f, at+i, 1, uint64(c))
		}
	}
	d.Skip(f, d.Len())
}

func appendSuback(b []byte, p *Packet) []byte {
	b = append(b, byte(p.ID>>8), byte(p.ID))
	if p.Version == V5 {
		b = p.Props.Append(b)
	}
	return append(b, p.Codes...)
}
