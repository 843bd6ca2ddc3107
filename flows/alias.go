package flows

import (
	"bytes"

	"plcscope/internal/wire"
	"plcscope/mqtt"
)

// maxAliasBytes bounds the topics that are remembered for one direction; a topic
// beyond it stays unknown.
const maxAliasBytes = 256 << 10

// Aliases are the topic aliases (MQTT 5.0) that one direction of a connection has
// defined. The zero value is ready.
type Aliases struct {
	topics map[uint32][]byte
	bytes  int
}

// Resolve takes the next packet of the direction. A PUBLISH that defines an alias
// is remembered; one that has an alias for a topic gets the topic, in t too, when
// t is not nil. The topic is valid until the next call.
func (a *Aliases) Resolve(p *mqtt.Packet, t *wire.Tree) {
	if p.Type != mqtt.PUBLISH || p.Version != mqtt.V5 || len(p.Props.Raw) == 0 {
		return
	}
	alias, ok := p.Props.Find(mqtt.TopicAlias)
	if !ok || alias.Num == 0 {
		return
	}
	topic := a.topics[alias.Num]
	switch {
	case len(p.Topic) == 0:
		if topic != nil {
			p.ResolveTopic(t, topic)
		}
	case !bytes.Equal(topic, p.Topic):
		a.bytes += len(p.Topic) - len(topic)
		if a.bytes > maxAliasBytes {
			a.bytes -= len(p.Topic)
			delete(a.topics, alias.Num)
			return
		}
		if a.topics == nil {
			a.topics = map[uint32][]byte{}
		}
		a.topics[alias.Num] = append(topic[:0], p.Topic...)
	}
}
