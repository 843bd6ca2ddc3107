package merge

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/report"
)

// named is a report about a controller whose data and whose subject have names, unless "".
func named(file, subject, fingerprint, detail, names string) []byte {
	return fmt.Appendf(nil, `{"schema":"plcscope-check/1","files":[{"name":%q,"format":"pcap","frames":9}],
		"subjects":[{"protocol":"S7","role":"client","address":"10.0.0.9","name":%q,"results":[
		{"rule":"s7-item-type","title":"t","severity":"warning","verdict":"fail","failed":1,"findings":[
		{"verdict":"fail","severity":"warning","fingerprint":%q,"frame":3,"file":%q,"client":"10.0.0.9:2000","server":"10.0.0.2:102","detail":%q,"names":%q}]}]}]}`,
		file, subject, fingerprint, file, detail, names)
}

func namesIn(r *report.Report) (l []string) {
	for _, f := range r.Book.Findings() {
		l = append(l, r.Names(&f))
	}
	return l
}

func notesWith(r *report.Report, text string) (l []string) {
	for _, n := range r.Notes() {
		if strings.Contains(n, text) {
			l = append(l, n)
		}
	}
	return l
}

func TestNamesOfData(t *testing.T) {
	const detail = "DB1.DBW4 cannot be read"
	for _, tt := range []struct {
		name    string
		reports [][]byte
		names   []string
		notes   []string
	}{
		{"one report", [][]byte{named("a.pcap", "", "f1", detail, "DB1.DBW4 is Oven.count")}, []string{"DB1.DBW4 is Oven.count"}, nil},
		{"none has names", [][]byte{named("a.pcap", "", "f1", detail, "")}, []string{""}, nil},
		{
			"the same finding, which only the second names",
			[][]byte{named("a.pcap", "", "f1", detail, ""), named("b.pcap", "", "f1", detail, "DB1.DBW4 is Oven.count")},
			[]string{"DB1.DBW4 is Oven.count"}, nil,
		},
		{
			"another finding about the same data",
			[][]byte{named("a.pcap", "", "f1", detail, "DB1.DBW4 is Oven.count"), named("b.pcap", "", "f2", detail, "")},
			[]string{"DB1.DBW4 is Oven.count", "DB1.DBW4 is Oven.count"}, nil,
		},
		{
			"other data, of which nothing is known",
			[][]byte{named("a.pcap", "", "f1", detail, "DB1.DBW4 is Oven.count"), named("b.pcap", "", "f2", "DB2.DBW4 cannot be read", "")},
			[]string{"DB1.DBW4 is Oven.count", ""}, nil,
		},
		{
			"two names: each finding keeps what its own report says, and it is told",
			[][]byte{named("a.pcap", "", "f1", detail, "DB1.DBW4 is Oven.count"), named("b.pcap", "", "f2", detail, "DB1.DBW4 is Press.force")},
			[]string{"DB1.DBW4 is Oven.count", "DB1.DBW4 is Press.force"},
			[]string{"1.json: at 10.0.0.2:102, DB1.DBW4 is Press.force; by 0.json, DB1.DBW4 is Oven.count"},
		},
		{
			"two names of one finding: the first stays, and it is told",
			[][]byte{named("a.pcap", "", "f1", detail, "DB1.DBW4 is Oven.count"), named("b.pcap", "", "f1", detail, "DB1.DBW4 is Press.force")},
			[]string{"DB1.DBW4 is Oven.count"},
			[]string{"1.json: at 10.0.0.2:102, DB1.DBW4 is Press.force; by 0.json, DB1.DBW4 is Oven.count"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := merged(t, tt.reports...)
			if diff := cmp.Diff(tt.names, namesIn(r)); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.notes, notesWith(r, "DBW4 is")); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
			for _, name := range tt.names {
				if !bytes.Contains(jsonOf(t, r), fmt.Appendf(nil, `"names": %q`, name)) && name != "" {
					t.Errorf("%s is not in the report", name)
				}
			}
		})
	}
}

func TestNamesOfSubjects(t *testing.T) {
	r := merged(t, named("a.pcap", "", "f1", "x", ""), named("b.pcap", "Press 7", "f2", "x", ""), named("c.pcap", "Press 8", "f3", "x", ""), named("d.pcap", "Press 7", "f4", "x", ""))
	if l := r.Book.Subjects(); len(l) != 1 || l[0].Label != "Press 7" {
		t.Errorf("subjects %+v", l)
	}
	if diff := cmp.Diff([]string{"2.json: 10.0.0.9 is called Press 8; by 1.json, Press 7"}, notesWith(r, "is called")); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}

// chosenBy is a report of a filter, "" for none, that has chosen some of ten connections.
func chosenBy(filter string, chosen int) []byte {
	if filter != "" {
		filter = fmt.Sprintf(`"filter":{"text":%q,"connections_judged":%d},`, filter, chosen)
	}
	return fmt.Appendf(nil, `{"schema":"plcscope-check/1",%s"capture":{"frames":100,"tcp_connections":10},"subjects":[]}`, filter)
}

func TestFilters(t *testing.T) {
	for _, tt := range []struct {
		name    string
		reports [][]byte
		filter  string
		chosen  int
		note    string
	}{
		{"none", [][]byte{chosenBy("", 0), chosenBy("", 0)}, "", 0, ""},
		{"the same", [][]byte{chosenBy("mqtt", 3), chosenBy("mqtt", 4)}, "mqtt", 7, ""},
		{
			"different ones", [][]byte{chosenBy("mqtt", 3), chosenBy("s7comm", 4), chosenBy("mqtt", 1)}, "", 0,
			"merge: the reports judge connections chosen by different filters: mqtt (0.json and 1 more); s7comm (1.json). Nothing is said of what a report has left out",
		},
		{
			"not all", [][]byte{chosenBy("mqtt", 3), chosenBy("", 0)}, "", 0,
			"merge: the reports judge connections chosen by different filters: mqtt (0.json); all connections (1.json). Nothing is said of what a report has left out",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := merged(t, tt.reports...)
			if r.Filter != tt.filter || r.Chosen != tt.chosen {
				t.Errorf("filter %q has chosen %d, want %q, %d", r.Filter, r.Chosen, tt.filter, tt.chosen)
			}
			notes := r.Notes()
			if tt.note != "" && !slices.Contains(notes, tt.note) || tt.note == "" && len(notesWith(r, "different filters")) > 0 {
				t.Errorf("notes %q, want %q", notes, tt.note)
			}
			if has := bytes.Contains(jsonOf(t, r), []byte(`"filter"`)); has != (tt.filter != "") {
				t.Errorf("the report has a filter: %v", has)
			}
		})
	}
	m := New(options())
	if err := m.Add(bytes.NewReader(chosenBy("mqtt", 11)), "a.json"); err == nil {
		t.Error("11 of 10 connections are chosen")
	}
}
