package report

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"plcscope/flows/delivery"
	"plcscope/mqtt"
	"plcscope/mqtt/session"
	"plcscope/rules"
)

// audited is a report with something of everything that an audit can find; its
// texts from the wire are hostile.
func audited() *Report {
	name := delivery.Name{Client: "plc\x1b[2J7"}
	var sides [2]delivery.Ledger
	sides[session.Client] = delivery.Ledger{
		Sent: 9, QoS1: 9, Acknowledged: 6, Completed: 4, Refused: 1, Lost: 2, Unknown: 1, Open: 1, RepeatedDup: 2, RepeatedPlain: 1, Twice: 1,
		Latency: delivery.Latency{Count: 5, P50: 1_500, P95: 2_340_000, P99: 1_234_000_000, Max: 90_000_000_000, Bars: []delivery.Bar{{UpTo: 2000, Count: 5}}},
	}
	sides[session.Client].Doubts[delivery.Gap] = 1
	d := &delivery.Result{
		Sessions: []delivery.Session{{Name: name, Version: mqtt.V311, Connections: 2, Sides: sides}},
		Total:    sides,
		Outages: []delivery.Outage{
			{Name: name, Cause: delivery.ResetByServer, At: session.Ref{Frame: 7}, Back: session.Ref{Frame: 9, Time: 5_000_000_000}, How: delivery.Clean, InFlight: [2]uint64{2, 0}, Lost: [2]uint64{2, 0}},
			{Name: name, Cause: delivery.ClosedByServer, At: session.Ref{Frame: 11}, Told: true, Reason: 0x8e},
		},
		Pairs:     []delivery.Pair{{From: name, To: name, Expected: 2, Delivered: [3]uint64{0, 1, 0}, Missing: 1}},
		Replies:   []delivery.Replies{{Name: name, Role: delivery.Responder, Pattern: "a=>b", Requests: 2, Answered: 1, Unanswered: 1}},
		Incidents: []delivery.Incident{{Kind: delivery.LostMessage, Name: name, First: session.Ref{Frame: 5}, ID: 12, QoS: 1, Topic: "a/\xff\x1b]0;x\a", Reached: true}},
		Bounds:    delivery.Bounds{Incidents: 3},
	}
	return &Report{Book: rules.NewBook(nil, rules.Limits{}), Delivery: d}
}

func TestDeliveryText(t *testing.T) {
	var b bytes.Buffer
	if err := audited().Text(&b, TextOptions{Width: 1000}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"by clients: 9 messages sent, 4 completed, 2 lost, 1 refused, 1 delivered twice, 2 repeated with DUP, 1 repeated without DUP, 1 still open, 1 unknown (the capture misses packets), acknowledged: p50 2µs, p95 2.34ms, p99 1.23s, max 1m30s",
		`frame 7, 1970-01-01 00:00:00: "plc\x1b[2J7" reset by the server; back after 5s, clean session`,
		"2 messages of the client in flight: 2 lost",
		"closed by the server after DISCONNECT with reason 0x8e; not back so far",
		`"plc\x1b[2J7" to "plc\x1b[2J7": 1 with QoS 1, 2 expected, 1 missing`,
		`as responder (a=>b): 2 requests, 1 answered, 1 unanswered`,
		`frame 5: lost, "a/\xff\x1b]0;x\a" of "plc\x1b[2J7", QoS 1, identifier 12, though it has reached the receiver's TCP`,
		"3 messages to look at are counted, but not listed",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the text lacks %q\n%s", want, &b)
		}
	}
	if strings.ContainsAny(b.String(), "\x1b\a") {
		t.Error("control characters of the wire reach the terminal")
	}
}

// TestDeliveryIsWrapped: no line of the audit is wider than what was asked for, with
// colours or without, and nothing is lost at the breaks.
func TestDeliveryIsWrapped(t *testing.T) {
	words := func(s string) string {
		_, s, _ = strings.Cut(s, "Delivery of messages")
		return strings.Join(strings.Fields(s), " ")
	}
	write := func(o TextOptions) string {
		return written(t, audited(), func(r *Report, w io.Writer) error { return r.Text(w, o) })
	}
	wide := write(TextOptions{Width: 1000})
	for _, width := range []int{60, 80, 100} {
		narrow := write(TextOptions{Width: width})
		if words(narrow) != words(wide) {
			t.Errorf("%d columns: the words differ\n%s", width, narrow)
		}
		for line := range strings.Lines(write(TextOptions{Width: width, Style: true})) {
			if n := columns(strings.TrimSuffix(line, "\n")); n > width && strings.Contains(strings.TrimSpace(line), " ") && !strings.Contains(line, "exercised") {
				t.Errorf("%d columns: a line has %d: %s", width, n, line)
			}
		}
	}
}

// TestSpacesOfNamesStay: a name with several spaces is shown with all of them.
func TestSpacesOfNamesStay(t *testing.T) {
	r := &Report{Book: bookOf(rules.Terms{}, [3]string{"press7", "a", `the topic "a   b" is odd`}), FailOn: rules.Error}
	if got := written(t, r, shapes[0].write); !strings.Contains(got, `"a   b"`) {
		t.Errorf("%s", got)
	}
}

func TestDeliveryMarkdown(t *testing.T) {
	got := written(t, audited(), (*Report).Markdown)
	checkMarkdown(t, got)
	for _, want := range []string{
		"\n| session | sent by | sent | completed |",
		"\n| all | clients | 9 | 4 | 2 | 1 | 1 | 1 | 1 µs | 2.3 ms | 90.0 s | 1 refused; 2 repeated with DUP; 1 repeated without DUP; unknown: the capture misses packets |\n",
		`| 5 | Lost, "a/\\xff\\x1b\]0;x\\a" of "plc\\x1b\[2J7", QoS 1, identifier 12`,
		"reset by the server; 2 messages of the client in flight: 2 lost | back after 5s, clean session |",
		"not back so far |\n",
		" 1 with QoS 1, 2 expected, 1 missing |\n", " 2 requests, 1 answered, 1 unanswered |\n",
		"\n- 3 messages to look at are counted, but not listed\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the Markdown lacks %q\n%s", want, got)
		}
	}
	many := audited()
	for range 1000 {
		many.Delivery.Incidents = append(many.Delivery.Incidents, many.Delivery.Incidents[0])
		many.Delivery.Outages = append(many.Delivery.Outages, many.Delivery.Outages[0])
		many.Delivery.Sessions = append(many.Delivery.Sessions, many.Delivery.Sessions[0])
		many.Delivery.Pairs = append(many.Delivery.Pairs, many.Delivery.Pairs[0])
		many.Delivery.Replies = append(many.Delivery.Replies, many.Delivery.Replies[0])
	}
	got = written(t, many, (*Report).Markdown)
	if n := strings.Count(got, "only the first "); n != 5 || len(got) > 64<<10 {
		t.Errorf("%d bytes; %d lists say that they are cut, want 5", len(got), n)
	}
}

func TestDeliveryJSON(t *testing.T) {
	var b bytes.Buffer
	if err := audited().JSON(&b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Delivery struct {
			Total []struct {
				Lost    uint64
				Unknown map[string]uint64 `json:"unknown_because"`
				Latency struct {
					P99 int64 `json:"p99_ns"`
				}
			}
			Outages []struct {
				Down     *int64                  `json:"down_ns"`
				ByClient struct{ Lost uint64 }   `json:"by_client"`
				Back     *struct{ Frame uint64 } `json:"back"`
			}
			Incidents []struct{ Kind, Topic string }
			Pairs     []struct {
				Matched string `json:"matched_by"`
			}
		}
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	d := &got.Delivery
	if len(d.Total) != 2 || d.Total[0].Lost != 2 || d.Total[0].Unknown["the capture misses packets"] != 1 || d.Total[0].Latency.P99 != 1_234_000_000 {
		t.Errorf("%+v", d.Total)
	}
	if len(d.Outages) != 2 || d.Outages[0].Down == nil || *d.Outages[0].Down != 5_000_000_000 || d.Outages[0].ByClient.Lost != 2 || d.Outages[1].Back != nil || d.Outages[1].Down != nil {
		t.Errorf("%+v", d.Outages)
	}
	if len(d.Incidents) != 1 || d.Incidents[0].Kind != "lost" || d.Incidents[0].Topic != `a/\xff\x1b]0;x\a` || d.Pairs[0].Matched != "topic and payload" {
		t.Errorf("%+v %+v", d.Incidents, d.Pairs)
	}
	if strings.Contains(string(must(json.Marshal(&jsonReport{}))), `"delivery"`) {
		t.Error("a report without an audit has a delivery")
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}
