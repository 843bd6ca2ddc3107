package profile

import (
	"strings"
	"testing"

	"plcscope/s7comm"
	"plcscope/s7comm/datatype"
)

func TestValues(t *testing.T) {
	p, err := Parse("p.yaml", `version: 1
values:
  - address: DB10.DBD4
    type: REAL
    topic: plant/press7/state
    path: press.force
  - symbol: Motor.speed
    topic: plant/+/axis
    controller: 192.168.10.17
`, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Values) != 2 {
		t.Fatalf("%+v", p.Values)
	}
	a, b := p.Values[0], p.Values[1]
	if a.Place.Area != s7comm.AreaDB || a.Place.DB != 10 || a.Place.Bit != 32 || a.Type != datatype.Real || a.Topic != "plant/press7/state" || strings.Join(a.Path, "/") != "press/force" {
		t.Errorf("%+v", a)
	}
	if b.Symbol != "Motor.speed" || b.Controller.String() != "192.168.10.17" || b.Path != nil {
		t.Errorf("%+v", b)
	}
	_, err = Parse("p.yaml", "version: 1\nvalues:\n  - address: DB10\n    topic: t\n  - address: MW2\n", nil)
	if err == nil || !strings.Contains(err.Error(), "p.yaml:3:5: DB10 is a whole block") || !strings.Contains(err.Error(), "p.yaml:5:5: a value has a topic") {
		t.Errorf("%v", err)
	}
}
