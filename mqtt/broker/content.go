package broker

import (
	"math/bits"

	"plcscope/internal/fingerprint"
	"plcscope/mqtt"
)

// Props is what a PUBLISH or a will of 5.0 says beside topic and payload, in
// fingerprints. The zero value has none of it.
type Props struct {
	ContentType   uint64 // 0: absent, as all fingerprints here
	ResponseTopic uint64
	Correlation   uint64
	User          uint64 // User Properties in their order
	UserSet       uint64 // in any order
	Users         uint16 // how many, at most 65,535
	Format        uint8  // Payload Format Indicator; 0 also when it is absent
	Has           Has
	Expiry        uint32 // Message Expiry Interval in seconds, when Has says so
	Delay         uint32 // Will Delay Interval in seconds, of a will
}

// Has says which properties are there.
type Has uint8

const (
	HasFormat Has = 1 << iota
	HasExpiry
	HasContentType
	HasResponseTopic
	HasCorrelation
	HasUser
)

// PropsOf reads a block of properties.
func PropsOf(ps *mqtt.Properties) (x Props) {
	if len(ps.Raw) == 0 {
		return x
	}
	for p := range ps.All() {
		x.take(&p)
	}
	return x
}

func (x *Props) take(p *mqtt.Property) {
	switch p.ID {
	case mqtt.PayloadFormatIndicator:
		x.Format, x.Has = uint8(p.Num), x.Has|HasFormat
	case mqtt.MessageExpiryInterval:
		x.Expiry, x.Has = p.Num, x.Has|HasExpiry
	case mqtt.ContentType:
		x.ContentType, x.Has = fingerprint.Of(1, p.Data), x.Has|HasContentType
	case mqtt.ResponseTopic:
		x.ResponseTopic, x.Has = fingerprint.Of(2, p.Data), x.Has|HasResponseTopic
	case mqtt.CorrelationData:
		x.Correlation, x.Has = fingerprint.Of(3, p.Data), x.Has|HasCorrelation
	case mqtt.UserProperty:
		one := fingerprint.Of(fingerprint.Of(4, p.Data), p.Value2)
		x.User = bits.RotateLeft64(x.User, 7) ^ one
		x.UserSet += one
		x.Users, x.Has = min(x.Users, 65534)+1, x.Has|HasUser
	case mqtt.WillDelayInterval:
		x.Delay = p.Num
	}
}
