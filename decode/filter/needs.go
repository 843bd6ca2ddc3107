package filter

import (
	"slices"

	"plcscope/internal/wire"
)

// Needs reports whether only frames pass that have a field of a kind: mqtt.qos > 0 and
// ip.addr == 10.0.0.1 needs one of MQTT, not mqtt.qos > 0 does not. What needs one that
// a frame lacks need not be matched.
func (f *Filter) Needs(kind func(*wire.Field) bool) bool { return f.root != nil && f.root.needs(kind) }

func (t both) needs(kind func(*wire.Field) bool) bool    { return t.a.needs(kind) || t.b.needs(kind) }
func (t either) needs(kind func(*wire.Field) bool) bool  { return t.a.needs(kind) && t.b.needs(kind) }
func (t onlyOne) needs(kind func(*wire.Field) bool) bool { return t.a.needs(kind) && t.b.needs(kind) }
func (t negation) needs(func(*wire.Field) bool) bool     { return false }

func (t exists) needs(kind func(*wire.Field) bool) bool      { return t.of.needs(kind) }
func (t *membership) needs(kind func(*wire.Field) bool) bool { return t.of.needs(kind) }

func (t *relation) needs(kind func(*wire.Field) bool) bool {
	return t.a.needs(kind) || t.b.needs(kind)
}

func (t *search) needs(kind func(*wire.Field) bool) bool {
	return t.of.needs(kind) || t.what != nil && t.what.needs(kind)
}

// needs reports whether the operand has values only with a field of the kind: of no value
// nothing holds.
func (o *operand) needs(kind func(*wire.Field) bool) bool {
	arg := func(a *operand) bool { return a.needs(kind) }
	switch o.form {
	case formField:
		return !slices.ContainsFunc(o.fields, func(f *wire.Field) bool { return !kind(f) })
	case formSlice:
		return arg(o.args[0])
	case formCall: // has the values of all arguments
		return !slices.ContainsFunc(o.args, func(a *operand) bool { return !arg(a) })
	case formArithmetic: // of pairs of values
		return slices.ContainsFunc(o.args, arg)
	}
	return false
}
