package report

import (
	"encoding/xml"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"plcscope/rules"
)

// element is a line of the JUnit schema that CI servers use (junit-10.xsd of
// Jenkins): attributes with the form of their values, "!" marks required ones, and
// children in their order, "*" marks those that may come again.
type element struct {
	attributes map[string]string
	children   []string
	text       bool
}

const (
	anything = `.*`
	number   = `[0-9]+`
	seconds  = `[0-9]+(\.[0-9]+)?`
	instant  = `[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}`
)

var junitSchema = map[string]element{
	"testsuites": {map[string]string{"name": anything, "tests": number, "failures": number, "errors": number, "time": seconds}, []string{"testsuite*"}, false},
	"testsuite": {map[string]string{
		"name!": ".+", "tests!": number, "failures!": number, "errors!": number, "skipped": number,
		"time": seconds, "timestamp": instant, "hostname": anything,
	}, []string{"properties", "testcase*", "system-out", "system-err"}, false},
	"properties": {nil, []string{"property*"}, false},
	"property":   {map[string]string{"name!": ".+", "value!": anything}, nil, false},
	"testcase":   {map[string]string{"name!": ".+", "classname": ".+", "time": seconds}, []string{"skipped", "error*", "failure*", "system-out*", "system-err*"}, false},
	"skipped":    {map[string]string{"message": ".+", "type": anything}, nil, true},
	"error":      {map[string]string{"message": ".+", "type": anything}, nil, true},
	"failure":    {map[string]string{"message": ".+", "type": anything}, nil, true},
	"system-out": {nil, nil, true},
}

// checkJUnit validates a report against junitSchema, and its counts against its
// cases.
func checkJUnit(t *testing.T, report string) {
	t.Helper()
	type open struct {
		name string
		at   int // in children
	}
	var stack []open
	counts := map[string]int{}
	d := xml.NewDecoder(strings.NewReader(report))
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			name := x.Name.Local
			e, ok := junitSchema[name]
			if !ok {
				t.Fatalf("element %s is not in the schema", name)
			}
			if len(stack) == 0 {
				if name != "testsuites" {
					t.Errorf("the root is %s", name)
				}
			} else {
				parent := &stack[len(stack)-1]
				children := junitSchema[parent.name].children
				i := slices.IndexFunc(children[parent.at:], func(c string) bool { return strings.TrimSuffix(c, "*") == name })
				if i < 0 {
					t.Fatalf("%s does not stand at that place of %s", name, parent.name)
				}
				parent.at += i
				if !strings.HasSuffix(children[parent.at], "*") {
					parent.at++
				}
			}
			checkAttributes(t, x, e)
			if name == "testsuite" {
				for _, k := range []string{"testcase", "failure", "error", "skipped"} {
					counts[k] = 0
				}
				for _, a := range x.Attr {
					counts["@"+a.Name.Local], _ = strconv.Atoi(a.Value)
				}
			}
			counts[name]++
			stack = append(stack, open{name, 0})
		case xml.EndElement:
			if x.Name.Local == "testsuite" && (counts["@tests"] != counts["testcase"] || counts["@failures"] != counts["failure"] || counts["@errors"] != counts["error"] || counts["@skipped"] != counts["skipped"]) {
				t.Errorf("the counts of a suite are wrong: %v", counts)
			}
			stack = stack[:len(stack)-1]
		case xml.CharData:
			if len(stack) > 0 && !junitSchema[stack[len(stack)-1].name].text && strings.TrimSpace(string(x)) != "" {
				t.Errorf("text in %s: %q", stack[len(stack)-1].name, x)
			}
		}
	}
	for _, r := range report {
		if r < ' ' && r != '\n' && r != '\t' || r == utf8.RuneError || r == 0xFFFE || r == 0xFFFF {
			t.Errorf("character %U", r)
		}
	}
}

func checkAttributes(t *testing.T, x xml.StartElement, e element) {
	t.Helper()
	for want := range e.attributes {
		if name, required := strings.CutSuffix(want, "!"); required && !slices.ContainsFunc(x.Attr, func(a xml.Attr) bool { return a.Name.Local == name }) {
			t.Errorf("%s lacks %s", x.Name.Local, name)
		}
	}
	for _, a := range x.Attr {
		form, ok := e.attributes[a.Name.Local]
		if !ok {
			form, ok = e.attributes[a.Name.Local+"!"]
		}
		if !ok || !regexp.MustCompile(`(?s)^(`+form+`)$`).MatchString(a.Value) {
			t.Errorf("%s: attribute %s=%q", x.Name.Local, a.Name.Local, a.Value)
		}
	}
}

func TestJUnitSchema(t *testing.T) {
	for _, sample := range []string{"mqtt31-plc-healthy.pcap", "mqtt31-plc-faulty.pcap", "s7-poll.pcapng"} {
		checkJUnit(t, written(t, analysed(t, sample), (*Report).JUnit))
	}
}

// TestJUnitOfNobody: a capture without anybody to judge has one test case, which is
// skipped.
func TestJUnitOfNobody(t *testing.T) {
	got := written(t, &Report{Book: &rules.Book{}}, (*Report).JUnit)
	checkJUnit(t, got)
	for _, want := range []string{`<testsuites name="plcscope check" tests="1" failures="0" errors="0"`, `skipped="1"`, "nobody whom a rule judges"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not told:\n%s", want, got)
		}
	}
}

// TestJUnitSeverity: what lies below FailOn passes, and is told all the same.
func TestJUnitSeverity(t *testing.T) {
	r := analysed(t, "mqtt31-plc-faulty.pcap", "mqtt-disconnect-missing")
	for _, c := range []struct {
		failOn   rules.Severity
		failures bool
	}{{rules.Info, true}, {rules.Warning, false}, {rules.Error, false}} {
		r.FailOn = c.failOn
		got := written(t, r, (*Report).JUnit)
		if strings.Contains(got, "<failure") != c.failures {
			t.Errorf("fail on %s: failures are %t", c.failOn, !c.failures)
		}
		if !strings.Contains(got, "without DISCONNECT") {
			t.Errorf("fail on %s: the finding is not told", c.failOn)
		}
	}
}

func TestChapter(t *testing.T) {
	for _, c := range []struct{ clause, want string }{
		{"MQTT-3.1.2-3", "3_1"}, {"§3.1", "3_1"}, {"§A", ""}, {"MQTT-4.7.1-1", "4_7"}, {"§2", "2"}, {"someone/repo#12", ""}, {"", ""},
	} {
		if got := chapter([]string{c.clause}); got != c.want {
			t.Errorf("chapter of %q: %q, want %q", c.clause, got, c.want)
		}
	}
}
