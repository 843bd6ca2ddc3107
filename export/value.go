package export

import (
	"bytes"
	"math"

	"plcscope/flows"
	"plcscope/s7comm"
	"plcscope/s7comm/datatype"
	"plcscope/s7comm/variable"
)

// Value is one address in an S7 message, or one symbol that lies there.
type Value struct {
	At
	Link
	Act          string   `parquet:"act,dict" json:"act" doc:"read, write, cyclic, watch, modify, force or bsend"`
	Answer       bool     `parquet:"answer" json:"answer" doc:"the message answers or pushes; else it asks"`
	Address      string   `parquet:"address,dict" json:"address" doc:"in STEP 7 notation: DB1.DBX2.3, MW100"`
	Area         string   `parquet:"area,optional,dict" json:"area,omitzero" doc:"where that lies"`
	DB           *int64   `parquet:"db,optional" json:"db,omitzero" doc:"number of the data block"`
	Symbol       string   `parquet:"symbol,optional,dict" json:"symbol,omitzero" doc:"what --symbols calls it; an address with several symbols has a row for each"`
	Type         string   `parquet:"type,optional,dict" json:"type,omitzero" doc:"of one element, or as the symbol was declared"`
	Count        int64    `parquet:"count" json:"count" doc:"elements"`
	Value        string   `parquet:"value,optional" json:"value,omitzero" doc:"as STEP 7 writes it; in the answer to a write the value that was to be written"`
	Number       *float64 `parquet:"number,optional" json:"number,omitzero" doc:"the value of one element that is a number; of BOOL 0 or 1, of durations seconds"`
	Raw          []byte   `parquet:"raw,optional" json:"raw,omitzero" doc:"the bytes of the value"`
	ReturnCode   *int64   `parquet:"return_code,optional" json:"return_code,omitzero" doc:"of the partner, 255 is success"`
	Return       string   `parquet:"return,optional,dict" json:"return,omitzero" doc:"the same in words"`
	RequestFrame *int64   `parquet:"request_frame,optional" json:"request_frame,omitzero" doc:"of an answer: the frame of the request"`
}

func (r *Value) own() { r.Raw = bytes.Clone(r.Raw) }

func (r *Value) size() int {
	return 150 + len(r.Address) + len(r.Symbol) + len(r.Value) + len(r.Raw)
}

// values writes the rows of a message.
func (e *Exporter) values(m *flows.Message, c *connection) {
	if e.opt.Variables == nil {
		return
	}
	vars := e.opt.Variables(m)
	for i := range vars {
		v := &vars[i]
		if n := v.Named(); n != nil || len(v.Names) == 0 {
			e.value(m, c, v, n)
			continue
		}
		for k := range v.Names {
			e.value(m, c, v, &v.Names[k])
		}
	}
}

// value writes the row of a variable, or of a name within it.
func (e *Exporter) value(m *flows.Message, c *connection, v *variable.Variable, n *variable.Name) {
	r := &e.rowValue
	*r = Value{At: e.at(m), Link: c.link(m), Act: v.Act.String(), Answer: v.Answer, Address: text(v.AppendAddress(nil)), Count: int64(v.Count), Raw: v.Raw}
	place := v.Place
	switch {
	case n != nil:
		place = n.Place
		r.Address, r.Symbol, r.Type, r.Count, r.Raw = text(n.Place.Append(nil)), n.Path, n.TypeName(), 1, n.Raw
		if n.Told() {
			r.Value, r.Number = text(n.AppendValue(nil)), single(n.Type.Base, n.Raw)
		}
	case v.Type != datatype.None:
		r.Type = v.Type.String()
		fallthrough
	default:
		if v.Raw != nil {
			r.Value = text(v.AppendValue(nil))
		}
		if v.Count == 1 {
			r.Number = single(v.Type, v.Raw)
		}
	}
	if place.Bits > 0 {
		r.Area = place.Area.String()
		if place.Area == s7comm.AreaDB || place.Area == s7comm.AreaDI {
			r.DB = number(place.DB)
		}
	}
	if v.Coded {
		r.ReturnCode, r.Return = number(v.Code), v.Code.String()
	}
	if m.Request != nil {
		r.RequestFrame = number(m.Request.Frame)
	}
	e.tables.values.put(r)
}

// single is one element as a number. What is none in the sense of IEEE 754 has no place
// in JSON.
func single(t datatype.Type, raw []byte) *float64 {
	n, ok := t.Number(raw)
	if !ok || math.IsNaN(n) || math.IsInf(n, 0) {
		return nil
	}
	return &n
}
