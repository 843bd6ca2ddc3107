package assets

import (
	"fmt"

	"plcscope/flows"
	"plcscope/s7comm"
)

// errorKey is a kind of error that the requests of one kind meet with.
type errorKey struct {
	kind
	item bool // of one item; else of the whole request
	code uint16
}

// Failure is an error that a controller has answered, in words.
type Failure struct {
	Request  string // "Read Var"
	ByServer bool   // the controller has asked
	Item     bool   // code is the return code of an item; else the error of the answer
	Code     uint16
	Text     string // what it means
	Advice   string // what to do, "" when nothing can be said
	Count    uint64
	Frame    uint64 // of the first
	Example  string // item: the address of the first
}

// outcome counts the errors of an answer and returns that of the whole, or "".
func (p *pair) outcome(f *function, m *flows.Message) string {
	u := m.PDU
	code := u.S7.Error
	if f.userdata {
		code = u.Userdata.Error
	}
	if code != 0 {
		return p.failed(errorKey{f.kind, false, uint16(code)}, m, nil).Text
	}
	if f.userdata || u.Function != s7comm.FunctionRead && u.Function != s7comm.FunctionWrite {
		return ""
	}
	for i := range u.Values {
		if code := u.Values[i].ReturnCode; code != s7comm.ReturnSuccess {
			f.itemsRefused++
			var it *s7comm.Item
			if i < len(m.Request.Items) {
				it = &m.Request.Items[i]
			}
			p.failed(errorKey{f.kind, true, uint16(code)}, m, it)
		}
	}
	return ""
}

// failed counts an error.
func (p *pair) failed(k errorKey, m *flows.Message, it *s7comm.Item) *Failure {
	f := p.errors[k]
	if f == nil {
		if len(p.failures) >= maxErrors {
			p.moreErrors++
			k = errorKey{}
			if f = p.errors[k]; f != nil {
				return f
			}
		}
		text, advice := explain(k)
		f = &Failure{Request: k.kind.String(), ByServer: k.byServer, Item: k.item, Code: k.code, Text: text, Advice: advice, Frame: m.Frame}
		if it != nil {
			f.Example = clip(it.String())
		}
		if k == (errorKey{}) {
			f.Request, f.Text = "others", "errors of other kinds"
		}
		p.errors[k] = f
		p.failures = append(p.failures, f)
	}
	f.Count++
	return f
}

// clip bounds a text that is kept.
func clip(s string) string { return s[:min(len(s), maxText)] }

// CodeString is the code as it stands in the message.
func (f *Failure) CodeString() string {
	if f.Item {
		return fmt.Sprintf("0x%02x", f.Code)
	}
	return fmt.Sprintf("0x%04x", f.Code)
}
