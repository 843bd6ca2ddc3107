package main

import (
	"fmt"
	"io"

	"plcscope/flows/bridge"
	"plcscope/report"
)

// carriages are the values that the profile follows from controllers into MQTT.
type carriages struct {
	list  []bridge.Carriage
	start int64 // of the capture
}

// table prints a line for each value, and under it the changes that were missed.
func (c *carriages) table(w io.Writer, s report.Style) error {
	if len(c.list) == 0 {
		return nil
	}
	rows := [][]string{{"value", "topic", "controller", "changes", "carried", "early", "missed", "unknown", "open", "p50", "p95", "max"}}
	var notes []string
	for i := range c.list {
		x := &c.list[i]
		d := [3]string{"-", "-", "-"}
		if x.Delay.Count > 0 {
			d = [3]string{short(x.Delay.P50), short(x.Delay.P95), short(x.Delay.Max)}
		}
		of := "-"
		if x.Of.IsValid() {
			of = x.Of.String()
		}
		rows = append(rows, []string{shown([]byte(x.Name)), shown([]byte(x.Topic)), of, count(x.Changes), count(x.Carried), count(x.Early), count(x.Missed), count(x.Unknown), count(x.Open), d[0], d[1], d[2]})
		notes = append(notes, c.notes(x)...)
	}
	if _, err := io.WriteString(w, "\n"); err != nil {
		return err
	}
	if err := grid(w, rows, s); err != nil {
		return err
	}
	for _, n := range notes {
		if _, err := fmt.Fprintf(w, "  %s\n", n); err != nil {
			return err
		}
	}
	return nil
}

// notes say what the counts do not.
func (c *carriages) notes(x *bridge.Carriage) []string {
	var l []string
	name := shown([]byte(x.Name))
	switch {
	case x.Seen == 0:
		l = append(l, name+": no message of S7 shows the value")
	case x.Publishes == 0:
		l = append(l, name+": nothing was published on the topic")
	case x.Unreadable == x.Publishes:
		l = append(l, name+": no payload has a value at the path")
	}
	if x.Others > 0 {
		l = append(l, fmt.Sprintf("%s: other controllers show a value there, too; the profile can name the one that is meant", name))
	}
	for _, m := range x.Misses {
		l = append(l, fmt.Sprintf("%s: %s was not published, changed at %s (frame %d)", name, shown([]byte(m.Value)), appendSeconds(nil, m.Time-c.start), m.Frame))
	}
	return l
}

type jsonCarried struct {
	Kind       string     `json:"kind"`
	Name       wireText   `json:"name"`
	Topic      wireText   `json:"topic"`
	Path       []string   `json:"path,omitempty"`
	Controller string     `json:"controller,omitempty"`
	Seen       uint64     `json:"seen"`
	Others     uint64     `json:"seen_at_others,omitempty"`
	Publishes  uint64     `json:"publishes"`
	Unreadable uint64     `json:"unreadable"`
	Changes    uint64     `json:"changes"`
	Carried    uint64     `json:"carried"`
	Early      uint64     `json:"early"`
	Missed     uint64     `json:"missed"`
	Unknown    uint64     `json:"unknown"`
	Open       uint64     `json:"open"`
	Delay      *jsonTimes `json:"delay,omitempty"`
	Misses     []jsonMiss `json:"misses,omitempty"`
}

type jsonMiss struct {
	Value wireText `json:"value"`
	Frame uint64   `json:"frame"`
	Time  string   `json:"time"`
}

func (c *carriages) json() []jsonCarried {
	var out []jsonCarried
	for i := range c.list {
		x := &c.list[i]
		j := jsonCarried{
			Kind: "carried", Name: wireText(x.Name), Topic: wireText(x.Topic), Path: x.Path, Seen: x.Seen, Others: x.Others, Publishes: x.Publishes, Unreadable: x.Unreadable,
			Changes: x.Changes, Carried: x.Carried, Early: x.Early, Missed: x.Missed, Unknown: x.Unknown, Open: x.Open, Delay: jsonTimesOf(&x.Delay),
		}
		if x.Of.IsValid() {
			j.Controller = x.Of.String()
		}
		for _, m := range x.Misses {
			j.Misses = append(j.Misses, jsonMiss{wireText(m.Value), m.Frame, stampOf(m.Time)})
		}
		out = append(out, j)
	}
	return out
}
