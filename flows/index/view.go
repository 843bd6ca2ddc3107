package index

import (
	"plcscope/flows"
	"plcscope/internal/wire"
	"plcscope/mqtt"
	"plcscope/s7comm"
)

// View is a message that was read and decoded again. It is borrowed until the next call
// of its Reader.
type View struct {
	Message
	Bytes  []byte
	Packet *mqtt.Packet // of MQTT, nil when it could not be delimited
	PDU    *s7comm.PDU  // of ISO-on-TCP, likewise
	Tree   *wire.Tree   // its fields, with offsets into Bytes, of WebSocket without the frames around it
	Err    error        // its malformation, or nil: an *mqtt.Malformed or an *s7comm.Malformed
}

// Message reads and decodes message n again. The error tells that its bytes could not be
// read; what is wrong with the message itself is in View.Err.
func (r *Reader) Message(n uint32) (*View, error) {
	b, err := r.Bytes(n)
	if err != nil {
		return nil, err
	}
	v := &r.view
	*v = View{Bytes: b}
	v.Message, _ = r.ix.Message(n)
	row := r.ix.messages.at(n - 1)
	if v.Proto == flows.MQTT {
		r.tree.Reset()
		v.Tree = &r.tree
		v.packet(&r.packet, row.flags&flagUnframed != 0)
		return v, nil
	}
	r.asm.Reset()
	if row.flags&flagJoined != 0 {
		if err := r.recall(n); err != nil {
			return nil, err
		}
		if b, err = r.Bytes(n); err != nil { // others were read since
			return nil, err
		}
		v.Bytes = b
	}
	r.tree.Reset()
	v.Tree = &r.tree
	v.pdu(&r.pdu, &r.asm, row.flags&flagUnframed != 0)
	return v, nil
}

var unknownVersion = mqtt.Fields.Lookup("mqtt.unknown_version")

func (v *View) packet(p *mqtt.Packet, unframed bool) {
	if unframed {
		_, _, v.Err = mqtt.Next(v.Bytes)
		return
	}
	err := p.Dissect(v.Bytes, v.Version, v.Tree)
	if v.VersionGuessed && p.Type != mqtt.CONNECT {
		v.Tree.Data(unknownVersion, 0, nil)
	}
	v.Packet = p
	if v.Skipped == 0 {
		v.Err = err
	}
}

func (v *View) pdu(p *s7comm.PDU, asm *s7comm.Assembler, unframed bool) {
	if unframed {
		_, v.Err = s7comm.Next(v.Bytes)
		return
	}
	asm.Frame = v.Frame
	err := p.Dissect(v.Bytes, asm, v.Tree)
	v.PDU = p
	if v.Skipped == 0 {
		v.Err = err
	}
}

// What an ISO-on-TCP message means may depend on those before it in its direction: the
// fragments that it completes.
const (
	recalled    = 64  // messages that are always looked at: fragments may have others between them
	maxRecalled = 512 // at most, until one stands alone
)

// recall gives the assembler what it had seen before message n.
func (r *Reader) recall(n uint32) error {
	m := r.ix.messages.at(n - 1)
	if m.flags&flagFresh != 0 {
		return nil
	}
	var before []uint32
	for k := m.prev; k != 0 && len(before) < maxRecalled; {
		row := r.ix.messages.at(k - 1)
		if row.flags&flagDir == m.flags&flagDir {
			if len(before) >= recalled && row.flags&flagJoined == 0 {
				break
			}
			before = append(before, k)
			if row.flags&flagFresh != 0 {
				break
			}
		}
		k = row.prev
	}
	for i := len(before) - 1; i >= 0; i-- {
		row := r.ix.messages.at(before[i] - 1)
		if row.flags&flagUnframed != 0 {
			continue
		}
		b, err := r.Bytes(before[i])
		if err != nil {
			return err
		}
		r.asm.Frame = uint64(row.frame)
		r.early.Decode(b, &r.asm)
	}
	return nil
}

// Request is the request that a message answers, as s7comm.PDU.AppendSummary wants it,
// or nil. It must be asked for before the message itself is read, and stays valid with
// the bytes of the request, which it owns.
func (r *Reader) Request(n uint32) *s7comm.Request {
	k, ok := r.ix.Answers(n)
	if !ok {
		return nil
	}
	v, err := r.Message(k)
	if err != nil || v.PDU == nil || v.PDU.Kind != s7comm.KindS7 {
		return nil
	}
	p := v.PDU
	q := &s7comm.Request{
		Frame: v.Frame, Time: v.Time, FromClient: v.FromClient,
		ROSCTR: p.S7.ROSCTR, Function: p.Function, Ref: p.S7.PDURef,
	}
	if p.S7.ROSCTR == s7comm.ROSCTRUserdata {
		q.Group, q.Subfunction = p.Userdata.Group, p.Userdata.Subfunction
	}
	q.Param = append([]byte(nil), p.Param...)
	q.Items = append([]s7comm.Item(nil), p.Items...)
	for i := range q.Items {
		q.Items[i].Raw = append([]byte(nil), q.Items[i].Raw...)
	}
	return q
}
