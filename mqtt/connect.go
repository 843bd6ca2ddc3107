package mqtt

import "plcscope/internal/wire"

// bridgeBit in the protocol level byte says that a broker connects as a bridge:
// no standard has it, mosquitto does.
const bridgeBit = 0x80

// Connect are the fields of a CONNECT.
type Connect struct {
	ProtocolName []byte // "MQIsdp" in 3.1, "MQTT" since
	Level        byte   // protocol level as it stands there, with the bridge bit 0x80
	Flags        byte   // connect flags
	KeepAlive    uint16 // seconds, 0 is off
	ClientID     []byte

	// The will, when HasWill.
	WillProps   Properties // 5.0
	WillTopic   []byte
	WillMessage []byte

	UserName []byte // when HasUserName
	Password []byte // when HasPassword

	// What really stands in the payload, whatever Flags announce. 3.1 lets a
	// credential be missing though its flag is set.
	HasWill, HasUserName, HasPassword bool
}

// Bridge reports whether the bridge bit of the level is set.
func (c *Connect) Bridge() bool { return c.Level&bridgeBit != 0 }

// UserNameFlag is bit 7 of the connect flags.
func (c *Connect) UserNameFlag() bool { return c.Flags&0x80 != 0 }

// PasswordFlag is bit 6.
func (c *Connect) PasswordFlag() bool { return c.Flags&0x40 != 0 }

// WillRetain is bit 5.
func (c *Connect) WillRetain() bool { return c.Flags&0x20 != 0 }

// WillQoS are bits 4 and 3.
func (c *Connect) WillQoS() QoS { return QoS(c.Flags >> 3 & 3) }

// WillFlag is bit 2.
func (c *Connect) WillFlag() bool { return c.Flags&0x04 != 0 }

// CleanSession is bit 1, Clean Start in 5.0.
func (c *Connect) CleanSession() bool { return c.Flags&0x02 != 0 }

// Reserved is bit 0, which must be 0.
func (c *Connect) Reserved() bool { return c.Flags&0x01 != 0 }

// SetCleanSession sets or clears Clean Session.
func (c *Connect) SetCleanSession(on bool) {
	c.Flags &^= 0x02
	if on {
		c.Flags |= 0x02
	}
}

// SetWill sets the will and its flags.
func (c *Connect) SetWill(topic, message []byte, q QoS, retain bool) {
	c.WillTopic, c.WillMessage, c.HasWill = topic, message, true
	c.Flags = c.Flags&^0x3c | 0x04 | byte(q&3)<<3
	if retain {
		c.Flags |= 0x20
	}
}

// SetUserName sets the user name and its flag.
func (c *Connect) SetUserName(name []byte) {
	c.UserName, c.HasUserName = name, true
	c.Flags |= 0x80
}

// SetPassword sets the password and its flag.
func (c *Connect) SetPassword(password []byte) {
	c.Password, c.HasPassword = password, true
	c.Flags |= 0x40
}

// versionOfLevel is the version that a protocol level stands for, 0 if none.
func versionOfLevel(level byte) Version {
	switch v := Version(level &^ bridgeBit); v {
	case V31, V311, V5:
		return v
	}
	return 0
}

func (d *decoder) connect(c *Connect) {
	*c = Connect{}
	d.p.Version = 0
	c.ProtocolName = d.text(fProtoLen, fProtoName)
	c.Level = d.U8(fLevel)
	v := versionOfLevel(c.Level)
	d.p.Version = v
	c.Flags = d.Bits(fConFlags)
	d.connectFlags(c)
	c.KeepAlive = d.U16(fKeepAlive)
	if v == V5 {
		d.props()
	}
	if !d.OK() {
		return
	}

	c.ClientID = d.text(fClientIDLen, fClientID)
	d.missing(&clauseClientID)
	if c.WillFlag() {
		d.will(c, v)
		d.missing(&clauseWill)
	}
	if c.UserNameFlag() && !(v == V31 && d.Len() == 0) {
		c.UserName = d.credential(fUserNameLen, fUserName, &clauseUserName)
		c.HasUserName = c.UserName != nil
	}
	if c.PasswordFlag() && !(v == V31 && d.Len() == 0) {
		c.Password = d.credential(fPasswordLen, fPassword, &clausePassword)
		c.HasPassword = c.Password != nil
	}
}

// connectFlags adds the bits of the byte that was just read.
func (d *decoder) connectFlags(c *Connect) {
	if d.t == nil || !d.OK() {
		return
	}
	at := d.Off() - 1
	h := d.open(fConFlags, at, uint64(c.Flags))
	d.t.Bool(fConFlagUserName, at, c.UserNameFlag())
	d.t.Bool(fConFlagPassword, at, c.PasswordFlag())
	d.t.Bool(fConFlagRetain, at, c.WillRetain())
	d.t.Uint(fConFlagQoS, at, 1, uint64(c.WillQoS()))
	d.t.Bool(fConFlagWill, at, c.WillFlag())
	d.t.Bool(fConFlagClean, at, c.CleanSession())
	d.t.Bool(fConFlagReserved, at, c.Reserved())
	d.t.Close(h, at+1)
}

func (d *decoder) will(c *Connect, v Version) {
	if v == V5 {
		d.properties(fWillProperties, &c.WillProps)
	}
	at := d.Off()
	c.WillTopic = d.topic(fWillTopicLen, fWillTopic)
	if len(c.WillTopic) == 0 {
		d.emptyTopic(at)
	}
	c.WillMessage = d.text(fWillMessageLen, fWillMessage)
	c.HasWill = d.OK()
}

// credential reads a user name or password. Absent altogether it breaks the
// clause c; cut in the middle it is one more field past the end.
func (d *decoder) credential(length, f *wire.Field, c *clauses) []byte {
	absent := d.Len() == 0
	b := d.text(length, f)
	if absent {
		d.missing(c)
	}
	return b
}

// appendConnect writes the layout of the level; with neither name nor level it
// takes those of p.Version, or of 3.1.1.
func appendConnect(b []byte, p *Packet) []byte {
	c := &p.Connect
	name, level := c.ProtocolName, c.Level
	if name == nil && level == 0 {
		name, level = protocol(p.Version)
	}
	v := versionOfLevel(level)
	b = appendString(b, name)
	b = append(b, level, c.Flags, byte(c.KeepAlive>>8), byte(c.KeepAlive))
	if v == V5 {
		b = p.Props.Append(b)
	}
	b = appendString(b, c.ClientID)
	if c.HasWill {
		if v == V5 {
			b = c.WillProps.Append(b)
		}
		b = appendString(b, c.WillTopic)
		b = appendString(b, c.WillMessage)
	}
	if c.HasUserName {
		b = appendString(b, c.UserName)
	}
	if c.HasPassword {
		b = appendString(b, c.Password)
	}
	return b
}

// protocol is the name and level that announce a version.
func protocol(v Version) (name []byte, level byte) {
	switch v {
	case V31:
		return []byte("MQIsdp"), 3
	case V5:
		return []byte("MQTT"), 5
	}
	return []byte("MQTT"), 4
}
