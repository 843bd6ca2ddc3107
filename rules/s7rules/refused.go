package s7rules

import (
	"plcscope/flows"
	"plcscope/rules"
	"plcscope/s7comm"
)

// errorOf is the error that an answer carries, and what it answers.
func errorOf(c *Conn, m *flows.Message, k shape) (e s7comm.ErrorCode, what string) {
	what = "the job"
	if c.Fact.Known {
		what = c.Fact.Question.String()
	}
	if k == response {
		return m.PDU.Userdata.Error, what
	}
	return m.PDU.S7.Error, what
}

// variable reports whether the present message answers a read or a write.
func (f *Fact) variable() bool {
	return f.Known && !f.Question.userdata && (f.Question.function == s7comm.FunctionRead || f.Question.function == s7comm.FunctionWrite)
}

// ofBlocks reports whether it answers a service for program blocks.
func (f *Fact) ofBlocks() bool {
	q := &f.Question
	if q.userdata {
		return f.Known && q.group == s7comm.GroupBlock
	}
	return f.Known && q.function >= s7comm.FunctionRequestDownload && q.function <= s7comm.FunctionEndUpload
}

// Errors that have a rule of their own.
const (
	errNotOffered = 0x8104
	errFrame      = 0x8500
	errProtected  = 0xD241
)

// protected reports whether an error means the protection level.
func protected(e s7comm.ErrorCode) bool {
	return e == errProtected || e == 0xD0A1 || e == 0xD217 || e == 0xD242
}

var putGet = &Rule{
	Rule: rules.Rule{
		ID:        "s7-put-get-refused",
		Clauses:   rules.Clauses{rules.Field: {"S7NetPlus/s7netplus#287"}},
		Role:      rules.Server,
		Severity:  rules.Warning,
		Needs:     rules.Packet,
		Title:     "The controller offers reading and writing of variables",
		Exercised: "The controller answers a read or a write of variables.",
		Why:       "Nothing can be read or written, though the connection stands.",
		Fix:       "S7-1200 and S7-1500: permit access with PUT/GET communication in the CPU's protection settings, and load the hardware configuration, not only the program.",
	},
	On:  on(fromServer, ack, answerRead, answerWrite),
	Odd: oddError | oddUnknown,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if !c.Fact.variable() {
			return
		}
		r.Exercised()
		if e, what := errorOf(c, m, r.shape); e == errNotOffered {
			r.Related(c.Fact.Question.Ref).In(m, 17).Violation(m, "the CPU answers %s with 0x8104, service not available in this context. On S7-1200 and S7-1500 PUT/GET access is not permitted, or the hardware configuration was not loaded after it was", what)
		}
	},
}

var blockServices = &Rule{
	Rule: rules.Rule{
		ID:        "s7-block-services-refused",
		Clauses:   rules.Clauses{rules.Field: {"python-snap7#131", "python-snap7#235", "mathiask88/node-snap7#44"}},
		Role:      rules.Client,
		Severity:  rules.Warning,
		Needs:     rules.Packet,
		Title:     "A client uses block services only where the controller has them",
		Exercised: "The controller answers a block service.",
		Why:       "Functions of libraries that list, load or measure blocks (db_get, get_block_info) fail, though reading variables works.",
		Fix:       "S7-1200 and S7-1500 do not offer block services over S7 communication: read the variables, with the length from the program.",
	},
	On:  on(fromServer, ack, answerBlock, response),
	Odd: oddError | oddUnknown,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		if !c.Fact.ofBlocks() {
			return
		}
		r.Exercised()
		if e, what := errorOf(c, m, r.shape); e == errNotOffered || e == 0x8702 || e == 0x8305 {
			r.Related(c.Fact.Question.Ref).Violation(m, "%s is answered with 0x%04x (%s): the controller does not offer it", what, uint16(e), e)
		}
	},
}

var protection = &Rule{
	Rule: rules.Rule{
		ID:        "s7-protection-level",
		Clauses:   rules.Clauses{rules.Field: {"icsnpp_s7ident.pcap"}},
		Role:      rules.Client,
		Severity:  rules.Warning,
		Needs:     rules.Packet,
		Title:     "A client asks only for what the protection level permits",
		Exercised: "The controller answers a job or a request.",
		Why:       "The CPU's password or the know-how protection of a block forbids the service.",
		Fix:       "Legitimise the connection with the password, or lower the protection level in the hardware configuration, if that is wanted.",
	},
	On:  on(fromServer, responses...),
	Odd: oddError,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		if e, what := errorOf(c, m, r.shape); protected(e) {
			r.Related(c.Fact.Question.Ref).Violation(m, "%s is not permitted at the current protection level: 0x%04x, %s (password or know-how protection)", what, uint16(e), e)
		}
	},
}

var frameRefused = &Rule{
	Rule: rules.Rule{
		ID:        "s7-frame-refused",
		Clauses:   rules.Clauses{rules.Field: {"robinson/gos7#75", "S7NetPlus/s7netplus#290"}},
		Role:      rules.Client,
		Severity:  rules.Warning,
		Needs:     rules.Packet,
		Title:     "The controller can process the jobs of the client",
		Exercised: "The controller answers a job or a request.",
		Why:       "The job, or the answer to it, is longer than the PDU length or has too many items.",
		Fix:       "Keep to the PDU length of the setup, in both directions, and to 20 items.",
	},
	On:  on(fromServer, responses...),
	Odd: oddError,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		if e, what := errorOf(c, m, r.shape); e == errFrame {
			r.Related(c.Fact.Question.Ref).Violation(m, "the controller refuses %s with 0x8500, wrong frame; the PDU length is %d, the job has %d items", what, c.Agreed.PDU, c.Fact.Question.items)
		}
	},
}

var serviceError = &Rule{
	Rule: rules.Rule{
		ID:        "s7-service-error",
		Clauses:   rules.Clauses{rules.Field: {"error codes of S7"}},
		Role:      rules.Client,
		Severity:  rules.Info,
		Needs:     rules.Packet,
		Title:     "The services that a client asks for succeed",
		Exercised: "The controller answers a job or a request.",
		Why:       "An error code says what the controller could not do; programs often show only that something failed.",
		Fix:       "Look up the code in words below; many are lawful, such as a status list or block that this CPU does not have.",
	},
	On:  on(fromServer, responses...),
	Odd: oddError,
	Check: func(c *Conn, m *flows.Message, r *Reporter) {
		r.Exercised()
		e, what := errorOf(c, m, r.shape)
		switch {
		case e == 0 || protected(e) || e == errFrame:
			return
		case e == errNotOffered && (c.Fact.variable() || c.Fact.ofBlocks()):
			return
		}
		if q := &c.Fact.Question; q.szl != 0 {
			r.Related(q.Ref).Violation(m, "the CPU does not have status list 0x%04x: 0x%04x, %s", q.szl>>16, uint16(e), e)
			return
		}
		r.Related(c.Fact.Question.Ref).Violation(m, "%s fails with 0x%04x: %s", what, uint16(e), e)
	},
}

// itemRule makes a rule about one return code of items.
func itemRule(about rules.Rule, say string, codes ...s7comm.ReturnCode) *Rule {
	about.Role, about.Needs = rules.Client, rules.Packet
	return &Rule{
		Rule: about,
		On:   on(fromServer, answerRead, answerWrite),
		Odd:  oddCode,
		Check: func(c *Conn, m *flows.Message, r *Reporter) {
			r.Exercised()
			failed, first := 0, -1
			for i := range m.PDU.Values {
				for _, code := range codes {
					if m.PDU.Values[i].ReturnCode == code {
						if failed++; first < 0 {
							first = i
						}
					}
				}
			}
			if first < 0 {
				return
			}
			v := &m.PDU.Values[first]
			item := "item " + itoa(first+1)
			if q := m.Request; q != nil && q.Frame == c.Fact.Question.Frame && first < len(q.Items) {
				item += ", " + q.Items[first].String()
			}
			more := ""
			if failed > 1 {
				more = "; further items that fail like it: " + itoa(failed-1)
			}
			r.Related(c.Fact.Question.Ref).In(m, int(v.Offset)).Violation(m, "%s: return code 0x%02x (%s): %s%s", item, uint8(v.ReturnCode), v.ReturnCode, say, more)
		},
	}
}

func itoa(n int) string {
	var b [20]byte
	i := len(b)
	for {
		i--
		b[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			return string(b[i:])
		}
	}
}

var itemMissing = itemRule(rules.Rule{
	ID:        "s7-item-missing",
	Clauses:   rules.Clauses{rules.Field: {"python-snap7#123", "python-snap7#322", "psi-4ward/s7client#23"}},
	Severity:  rules.Warning,
	Title:     "The objects that a client addresses exist",
	Exercised: "The controller answers a read or a write of variables.",
	Why:       "The value is missing or old, and many libraries report the whole read as failed.",
	Fix:       "Check the number of the data block and whether it is loaded; turn off \"optimised block access\" in its properties and load it again.",
}, "the block does not exist or is optimised, which cannot be addressed by offset", s7comm.ReturnNoObject)

var itemRange = itemRule(rules.Rule{
	ID:        "s7-item-range",
	Clauses:   rules.Clauses{rules.Field: {"python-snap7#191"}},
	Severity:  rules.Warning,
	Title:     "Addresses lie within their object",
	Exercised: "The controller answers a read or a write of variables.",
	Why:       "The value is missing; a block that was made shorter in the program shows itself like this.",
	Fix:       "Compare offset and length with the block as it is loaded, not as it is in the project; turn off optimised access.",
}, "the block exists, but not all bytes that are addressed: its length, or optimised access", s7comm.ReturnOutOfRange)

var itemDenied = itemRule(rules.Rule{
	ID:        "s7-item-denied",
	Clauses:   rules.Clauses{rules.Field: {"return codes of S7"}},
	Severity:  rules.Warning,
	Title:     "The controller permits the access to an item",
	Exercised: "The controller answers a read or a write of variables.",
	Why:       "The block is write-protected, or the protection level of the CPU forbids access by others.",
	Fix:       "Permit PUT/GET access, remove the write protection of the block, or legitimise with the password.",
}, "access is not allowed", s7comm.ReturnNotAllowed)

var itemType = itemRule(rules.Rule{
	ID:        "s7-item-type",
	Clauses:   rules.Clauses{rules.Field: {"return codes of S7"}},
	Severity:  rules.Warning,
	Title:     "Item and value have a type and length that the controller accepts",
	Exercised: "The controller answers a read or a write of variables.",
	Why:       "Nothing is read or written.",
	Fix:       "Address whole bytes where in doubt; let the length of the value be that of the item.",
}, "type or length of item and value do not suit", s7comm.ReturnUnsupported, s7comm.ReturnMismatch)

var itemHardware = itemRule(rules.Rule{
	ID:        "s7-item-hardware",
	Clauses:   rules.Clauses{rules.Field: {"return codes of S7"}},
	Severity:  rules.Warning,
	Title:     "The hardware behind an item works",
	Exercised: "The controller answers a read or a write of variables.",
	Why:       "A peripheral address cannot be accessed: the module is missing, faulty or just being loaded.",
	Fix:       "Look at the diagnostic buffer of the CPU for an I/O access error at that time.",
}, "the module behind the address does not answer", s7comm.ReturnHardware)
