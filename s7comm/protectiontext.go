package s7comm

import "fmt"

// String tells the protection level in force, what was configured, and where the key
// switch stands.
func (p *Protection) String() string {
	levels := [...]string{"no level", "level 1, full access", "level 2, read only without password", "level 3, no access without password"}
	t := fmt.Sprintf("level %d", p.Valid)
	if int(p.Valid) < len(levels) {
		t = levels[p.Valid]
	}
	t += fmt.Sprintf("; configured %d, by the key switch %d", p.Parameter, p.KeySwitch)
	if s := p.ModeSwitchName(); s != "" {
		t += ", key switch at " + s
	}
	return t
}

// ModeSwitchName is the position of the key switch, "RUN-P", or "" when it is not known.
func (p *Protection) ModeSwitchName() string {
	return [...]string{"", "RUN", "RUN-P", "STOP", "MRES"}[min(p.ModeSwitch, 5)%5]
}
