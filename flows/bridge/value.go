package bridge

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"plcscope/s7comm/datatype"
)

// value is what a controller holds or what a payload says.
type value struct {
	number   float64
	numeric  bool
	decimals int // of the number as it was written, -1 when it was not
	text     string
}

// maxValue bounds a text that is kept.
const maxValue = 256

// ofS7 reads the bytes of a value.
func ofS7(t datatype.Type, raw []byte) value {
	v := value{decimals: -1}
	if t == datatype.String {
		if text, ok := datatype.StringText(raw); ok {
			v.text = string(text[:min(len(text), maxValue)])
			return v
		}
	}
	v.number, v.numeric = t.Number(raw)
	v.text = t.Text(raw)
	return v
}

// ofPayload finds the value in a payload; ok is false when it is not there.
func ofPayload(payload []byte, path []string) (v value, ok bool) {
	if path == nil {
		return ofText(string(bytes.TrimSpace(payload[:min(len(payload), maxValue)]))), true
	}
	d := json.NewDecoder(bytes.NewReader(payload))
	d.UseNumber()
	var x any
	if d.Decode(&x) != nil {
		return value{}, false
	}
	for _, step := range path {
		switch y := x.(type) {
		case map[string]any:
			if x, ok = y[step]; !ok {
				return value{}, false
			}
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(y) {
				return value{}, false
			}
			x = y[i]
		default:
			return value{}, false
		}
	}
	switch y := x.(type) {
	case json.Number:
		return ofText(string(y)), true
	case string:
		return ofText(y[:min(len(y), maxValue)]), true
	case bool:
		return ofText(strconv.FormatBool(y)), true
	}
	return value{}, false
}

// ofText reads a number, true or false, or takes the text as it is.
func ofText(s string) value {
	v := value{text: s, decimals: -1}
	switch strings.ToLower(s) {
	case "true":
		v.number, v.numeric = 1, true
		return v
	case "false":
		v.numeric = true
		return v
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return v
	}
	v.number, v.numeric = n, true
	if !strings.ContainsAny(s, "eE") {
		_, fraction, _ := strings.Cut(s, ".")
		v.decimals = len(fraction)
	}
	return v
}

// is reports whether a payload says what a controller holds. A number that was written
// with few decimals may be rounded or cut off.
func (v *value) is(p *value) bool {
	if !v.numeric || !p.numeric {
		return v.numeric == p.numeric && v.text == p.text || v.text == p.text
	}
	slack := 1e-6 * max(math.Abs(v.number), math.Abs(p.number))
	if p.decimals >= 0 && v.number != math.Trunc(v.number) {
		slack = max(slack, math.Pow10(-min(p.decimals, 15)))
	}
	return math.Abs(v.number-p.number) <= slack
}
