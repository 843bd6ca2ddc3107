package s7comm

import "plcscope/internal/wire"

// subPassword is the subfunction of GroupSecurity that hands over a password. Its
// encoding can be undone without a key, so the bytes count as clear text.
const subPassword = 1

// security reads the payload of GroupSecurity.
func (p *PDU) security(c *wire.Cursor) {
	u := &p.Userdata
	if u.Type == UserdataRequest && u.Subfunction == subPassword {
		p.Secret = true
		c.Bytes(fPassword, len(u.Payload))
		return
	}
	c.Bytes(fUDData, len(u.Payload))
}
