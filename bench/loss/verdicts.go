//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// verdicts are rules and subjects by their verdict.
type verdicts struct {
	fail, unsure int
	accused      map[string]bool // subject and rule of each that failed
	notes        string
}

// readReport reads what check and live write as JSON.
func readReport(text []byte) (v verdicts, err error) {
	var r struct {
		Notes    []string
		Subjects []struct {
			Protocol, Role, Address string
			ClientID                string `json:"client_id"`
			Results                 []struct{ Rule, Verdict string }
		}
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return v, err
	}
	v.accused, v.notes = map[string]bool{}, strings.Join(r.Notes, "\n")
	for _, s := range r.Subjects {
		for _, x := range s.Results {
			switch x.Verdict {
			case "fail":
				v.fail++
				v.accused[strings.Join([]string{s.Protocol, s.Role, s.Address, s.ClientID, x.Rule}, " ")] = true
			case "inconclusive":
				v.unsure++
			}
		}
	}
	return v, nil
}

// refer finds out whom the traffic accuses when nothing of it is lost, at a pace like that
// of the trials: rules about time judge it otherwise than in the time of the capture.
func (b *bench) refer(p *program, rate float64) error {
	wide := *b
	wide.buffer *= 4
	for ; rate > lowest; rate /= 2 {
		t, err := wide.try(p, rate)
		if err != nil {
			return err
		}
		if t.lossFree() {
			b.accused = t.verdict.accused
			return nil
		}
	}
	return errors.New("no rate without loss")
}

// judge reads the report of a trial.
func (t *trial) judge(b *bench, report string) error {
	text, err := os.ReadFile(report)
	if err != nil {
		return err
	}
	if t.verdict, err = readReport(text); err != nil {
		return fmt.Errorf("%s: %w", report, err)
	}
	if b.accused == nil { // this is the reference
		return nil
	}
	more := map[string]int{}
	for who := range t.verdict.accused {
		if !b.accused[who] {
			more[who[strings.LastIndexByte(who, ' ')+1:]]++
		}
	}
	for _, rule := range slices.Sorted(maps.Keys(more)) {
		t.remark("%s fails for %d who keep it when nothing is lost", rule, more[rule])
	}
	if t.lost > 0 && !strings.Contains(t.verdict.notes, fmt.Sprintf("dropped %d packet", t.lost)) {
		t.remark("the report does not tell of the loss")
	}
	return nil
}
