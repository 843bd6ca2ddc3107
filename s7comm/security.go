package s7comm

import "plcscope/internal/wire"

// subPassword is the subfunction of GroupSecurity that hands over a password. Its
// encoding can be undone without a key, so the bytes count as clear text.
const subPassword = 1

// password reports whether the message hands over a password.
func (u *Userdata) password() bool {
	return u.Group == GroupSecurity && u.Type == UserdataRequest && u.Subfunction == subPassword
}

// security reads the payload of GroupSecurity.
func (u *Userdata) security(c *wire.Cursor) {
	f := fUDData
	if u.password() {
		f = fSecret
	}
	c.Bytes(f, c.Len())
}
