package mqtt

import (
	"slices"

	"plcscope/internal/wire"
)

// publish: topic name, identifier if QoS is not 0, properties, payload.
func (d *decoder) publish() {
	p := d.p
	at := d.Off()
	p.Topic = d.topic(fTopicLen, fTopic)
	if p.QoS != 0 {
		d.identifier()
	}
	aliased := false
	if p.Version == V5 {
		d.props()
		aliased = d.aliasedTopic()
	}
	if p.Topic != nil && len(p.Topic) == 0 && !aliased {
		d.emptyTopic(at)
	}
	if !d.OK() {
		return
	}
	p.Payload = d.Bytes(fMessage, d.Len())
}

// aliasedTopic adds the topic for which an alias stands. The codec does not know
// it: whoever keeps the aliases of the connection calls ResolveTopic.
func (d *decoder) aliasedTopic() bool {
	if len(d.p.Topic) > 0 || d.t == nil || !d.OK() {
		return false
	}
	alias, ok := d.p.Props.Find(TopicAlias)
	if !ok || alias.Num == 0 {
		return false
	}
	d.t.Data(fTopic, d.Off(), nil)
	d.t.Close(d.t.Open(fUnknownAlias, d.Off()), d.Off())
	return true
}

// ResolveTopic puts in the topic for which the Topic Alias of this PUBLISH
// stands, and, t not being nil, into the tree that Dissect made of it.
func (p *Packet) ResolveTopic(t *wire.Tree, topic []byte) {
	p.Topic = topic
	if t == nil {
		return
	}
	for i := range t.Nodes {
		if n := &t.Nodes[i]; n.Field == fTopic && n.Data == nil { // see aliasedTopic; the tree need not hold both
			n.Data = topic
		}
	}
	t.Nodes = slices.DeleteFunc(t.Nodes, func(n wire.Node) bool { return n.Field == fUnknownAlias })
}

func (d *decoder) identifier() {
	d.p.ID = d.U16(fID)
	d.p.HasID = d.OK()
}

func appendPublish(b []byte, p *Packet) []byte {
	b = appendString(b, p.Topic)
	if p.QoS != 0 || p.HasID {
		b = append(b, byte(p.ID>>8), byte(p.ID))
	}
	if p.Version == V5 {
		b = p.Props.Append(b)
	}
	return append(b, p.Payload...)
}
