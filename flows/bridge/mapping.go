package bridge

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"plcscope/s7comm"
	"plcscope/s7comm/datatype"
	"plcscope/s7comm/symbol"
	"plcscope/s7comm/variable"
)

// Mapping says which value of a controller is published where.
type Mapping struct {
	Name string // the address or the symbol, as it was given
	// Controller is whose value it is; the zero Addr: of the first controller that shows
	// such a value.
	Controller netip.Addr
	Symbol     string         // name in a symbol table; "" when Place says where the value lies
	Place      variable.Place //
	Type       datatype.Type  // of the value at Place
	Topic      string         // topic filter
	Path       []string       // members and indices that lead to the value in a JSON payload; nil: the payload is the value
}

// Spec is a mapping as people write it: an address in STEP 7 notation with its type, or
// a symbol; the IP address of the controller, or none; a topic filter; and a path such as press.force or values[2].
type Spec struct{ Controller, Address, Symbol, Type, Topic, Path string }

// Mapping checks what was written.
func (s Spec) Mapping() (Mapping, error) {
	m := Mapping{Name: s.Symbol, Symbol: s.Symbol, Topic: s.Topic}
	var err error
	if m.Path, err = parsePath(s.Path); err != nil {
		return Mapping{}, err
	}
	if s.Controller != "" {
		if m.Controller, err = netip.ParseAddr(s.Controller); err != nil {
			return Mapping{}, fmt.Errorf("controller %q: want an IP address", s.Controller)
		}
		m.Controller = m.Controller.Unmap()
	}
	switch {
	case s.Topic == "":
		return Mapping{}, fmt.Errorf("a value has a topic")
	case (s.Address == "") == (s.Symbol == ""):
		return Mapping{}, fmt.Errorf("a value has either an address or a symbol")
	case s.Symbol != "" && s.Type != "":
		return Mapping{}, fmt.Errorf("the type of a symbol stands in the symbol table")
	case s.Symbol != "":
		return m, nil
	}
	a, err := symbol.ParseAddress(s.Address)
	if err != nil {
		return Mapping{}, err
	}
	if a.Bits == 0 && a.Area != s7comm.AreaTimer && a.Area != s7comm.AreaCounter {
		return Mapping{}, fmt.Errorf("%s is a whole block: a value has an address in it", s.Address)
	}
	m.Name, m.Place = s.Address, variable.Place{Area: a.Area, DB: a.DB, Bit: a.Bit, Bits: a.Bits}
	return m, m.typed(s.Type)
}

// plain are the types of addresses without one, by their length in bits.
var plain = map[uint64]datatype.Type{1: datatype.Bool, 8: datatype.Byte, 16: datatype.Word, 32: datatype.DWord, 64: datatype.LWord}

// typed gives the value at an address its type; what it takes must begin there.
func (m *Mapping) typed(name string) error {
	if m.numbered() {
		m.Type, m.Place.Bits = datatype.S5Time, 1
		if m.Place.Area == s7comm.AreaCounter {
			m.Type = datatype.Count
		}
		return nil
	}
	if name == "" {
		m.Type = plain[m.Place.Bits]
		return nil
	}
	base, length, sized := strings.Cut(strings.TrimSuffix(name, "]"), "[")
	t, ok := datatype.Parse(strings.TrimSpace(base))
	if !ok {
		return fmt.Errorf("type %q is not known", name)
	}
	m.Type = t
	bits := uint64(t.Size()) * 8
	switch {
	case t == datatype.Bool:
		bits = 1
	case t == datatype.String:
		n := uint64(254)
		if sized {
			var err error
			if n, err = strconv.ParseUint(length, 10, 8); err != nil {
				return fmt.Errorf("type %q: want STRING[20]", name)
			}
		}
		bits = (n + 2) * 8
	case sized || bits == 0:
		return fmt.Errorf("type %q: want an elementary type", name)
	}
	if bits < m.Place.Bits {
		return fmt.Errorf("%s has %d bits, %s only %d", m.Name, m.Place.Bits, name, bits)
	}
	if (m.Place.Bits == 1) != (bits == 1) {
		return fmt.Errorf("%s and %s do not go together: BOOL has the address of a bit, and nothing else has", m.Name, name)
	}
	m.Place.Bits = bits
	return nil
}

func (m *Mapping) numbered() bool {
	return m.Place.Area == s7comm.AreaTimer || m.Place.Area == s7comm.AreaCounter
}

// parsePath takes press.values[2] apart; a leading $ stands for the payload.
func parsePath(s string) ([]string, error) {
	s = strings.TrimPrefix(strings.TrimPrefix(s, "$"), ".")
	if s == "" {
		return nil, nil
	}
	path := strings.Split(strings.NewReplacer("[", ".", "]", "").Replace(s), ".")
	const deepest = 32
	for _, p := range path {
		if p == "" || len(path) > deepest {
			return nil, fmt.Errorf("path %q: want names and indices such as press.values[2]", s)
		}
	}
	return path, nil
}

// cut finds the bytes of the value in those of a variable; nil when they are not there.
// Of a BOOL it is one byte, 0 or 1.
func (m *Mapping) cut(v *variable.Variable, bit *[1]byte) []byte {
	p, w := m.Place, v.Place
	if v.Raw == nil || p.Area != w.Area || p.DB != w.DB || p.Bit < w.Bit || p.Bit+p.Bits > w.Bit+w.Bits {
		return m.beginning(v)
	}
	at := p.Bit - w.Bit
	switch {
	case m.numbered():
		return part(v.Raw, at*2, 2)
	case v.Type == datatype.Bool:
		if v.Count != 1 || p.Bits != 1 || len(v.Raw) != 1 {
			return nil
		}
		bit[0] = v.Raw[0] & 1
		return bit[:]
	case w.Bit%8 != 0 || p.Bits != 1 && at%8 != 0:
		return nil
	case p.Bits == 1:
		if at/8 >= uint64(len(v.Raw)) {
			return nil
		}
		bit[0] = v.Raw[at/8] >> (at % 8) & 1
		return bit[:]
	}
	return part(v.Raw, at/8, p.Bits/8)
}

// beginning is a STRING of which only the first characters were read, when those are
// all that it holds.
func (m *Mapping) beginning(v *variable.Variable) []byte {
	p, w := m.Place, v.Place
	if m.Type != datatype.String || v.Raw == nil || p.Area != w.Area || p.DB != w.DB || p.Bit < w.Bit || p.Bit >= w.Bit+w.Bits || p.Bit%8 != 0 || w.Bit%8 != 0 {
		return nil
	}
	at := (p.Bit - w.Bit) / 8
	if at >= uint64(len(v.Raw)) {
		return nil
	}
	if _, ok := datatype.StringText(v.Raw[at:]); !ok {
		return nil
	}
	return v.Raw[at:]
}

func part(b []byte, at, n uint64) []byte {
	if at+n > uint64(len(b)) {
		return nil
	}
	return b[at : at+n : at+n]
}
