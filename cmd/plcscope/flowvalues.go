package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"plcscope/report"
	"plcscope/s7comm/variable"
)

// valueRows prints the table of S7 data.
func (l *list) valueRows(w io.Writer, s report.Style) error {
	if !l.told {
		return nil
	}
	if len(l.values) == 0 {
		_, err := io.WriteString(w, "\nno S7 data were read or written\n")
		return err
	}
	head := []string{"controller", "address", "type", "last value", "reads", "writes", "refused", "changes", "first change", "last change", "last seen", "by"}
	named := false
	for _, e := range l.values {
		named = named || e.Symbol != ""
	}
	if named {
		head = append(head[:2:2], append([]string{"symbol"}, head[2:]...)...)
	}
	rows := [][]string{head}
	for _, e := range l.values {
		row := []string{e.Controller.String(), e.Address}
		if named {
			row = append(row, shown([]byte(e.Symbol)))
		}
		first, last := "-", "-"
		if e.Changes > 0 {
			first, last = l.since(e.FirstChange.Time), l.since(e.LastChange.Time)
		}
		rows = append(rows, append(row, e.Type, shown([]byte(e.Value)), count(e.Reads), count(e.Writes), count(e.Refused), count(e.Changes), first, last, l.since(e.Last.Time), partnersText(e)))
	}
	if _, err := io.WriteString(w, "\n"); err != nil {
		return err
	}
	if err := grid(w, rows, s); err != nil {
		return err
	}
	if l.valueOverflow > 0 {
		_, err := fmt.Fprintf(w, "%s\n", s.Yellow("more variables than are kept: "+plural(int64(l.valueOverflow), "sighting")+" of others left out"))
		return err
	}
	return nil
}

// since is a time in seconds from the start of the capture.
func (l *list) since(ns int64) string { return string(appendSeconds(nil, ns-l.start)) }

// partnersText tells who reads (r) and writes (w) a variable.
func partnersText(e *variable.Entry) string {
	var l []string
	for _, p := range e.Partners {
		does := ""
		if p.Reads > 0 {
			does += "r"
		}
		if p.Writes > 0 {
			does += "w"
		}
		if does == "" {
			does = "-"
		}
		l = append(l, p.Addr.String()+" "+does)
	}
	if e.MorePartners {
		l = append(l, "…")
	}
	return strings.Join(l, ", ")
}

type jsonDatum struct {
	Kind        string        `json:"kind"`
	Controller  string        `json:"controller"`
	Address     string        `json:"address"`
	Symbol      wireText      `json:"symbol,omitempty"`
	Type        string        `json:"type"`
	Value       *wireText     `json:"last_value"`
	Reads       uint64        `json:"reads"`
	Writes      uint64        `json:"writes"`
	Refused     uint64        `json:"refused"`
	Changes     uint64        `json:"changes"`
	First       jsonSight     `json:"first_seen"`
	Last        jsonSight     `json:"last_seen"`
	FirstChange *jsonSight    `json:"first_change,omitempty"`
	LastChange  *jsonSight    `json:"last_change,omitempty"`
	By          []jsonPartner `json:"by"`
	MoreBy      bool          `json:"more_by,omitempty"`
}

type jsonSight struct {
	Frame uint64 `json:"frame"`
	Time  string `json:"time"`
}

type jsonPartner struct {
	Address string `json:"address"`
	Reads   uint64 `json:"reads"`
	Writes  uint64 `json:"writes"`
}

func jsonDatumOf(e *variable.Entry) jsonDatum {
	j := jsonDatum{
		Kind: "value", Controller: e.Controller.String(), Address: e.Address, Symbol: wireText(e.Symbol), Type: e.Type,
		Reads: e.Reads, Writes: e.Writes, Refused: e.Refused, Changes: e.Changes,
		First: jsonSightOf(e.First), Last: jsonSightOf(e.Last), By: []jsonPartner{}, MoreBy: e.MorePartners,
	}
	if e.Known {
		v := wireText(e.Value)
		j.Value = &v
	}
	if e.Changes > 0 {
		first, last := jsonSightOf(e.FirstChange), jsonSightOf(e.LastChange)
		j.FirstChange, j.LastChange = &first, &last
	}
	for _, p := range e.Partners {
		j.By = append(j.By, jsonPartner{p.Addr.String(), p.Reads, p.Writes})
	}
	return j
}

func jsonSightOf(s variable.Sight) jsonSight {
	return jsonSight{s.Frame, time.Unix(0, s.Time).UTC().Format(time.RFC3339Nano)}
}
