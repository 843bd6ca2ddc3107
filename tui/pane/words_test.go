package pane

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestTimes(t *testing.T) {
	start := time.Date(2026, 3, 4, 23, 59, 59, 0, time.UTC).UnixNano()
	w := &Words{Start: start, Zone: time.FixedZone("CET", 3600)}
	for _, c := range []struct {
		clock Clock
		want  string
	}{
		{Relative, "1.500000"}, {Delta, "0.250000"}, {TimeOfDay, "01:00:00.500000"},
		{Date, "2026-03-05 01:00:00.500000"}, {UTC, "2026-03-05 00:00:00.500000Z"}, {Epoch, "1772668800.500000"},
	} {
		w.Clock = c.clock
		got := w.Time(start+1_500_000_000, start+1_250_000_000)
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.clock, got, c.want)
		}
		if len(got) > w.TimeWidth() {
			t.Errorf("%s: %q is wider than %d columns", c.clock, got, w.TimeWidth())
		}
		if p, err := ParseClock(c.clock.String()); p != c.clock || err != nil {
			t.Errorf("%s is read as %s, %v", c.clock, p, err)
		}
	}
	w.Clock, w.Reference = Relative, start+2_000_000_000
	if got := w.Time(start+1_500_000_000, 0); got != "-0.500000" {
		t.Errorf("before the reference: %q", got)
	}
	if _, err := ParseClock("noon"); err == nil || !strings.Contains(err.Error(), "relative") {
		t.Errorf("an unknown form: %v", err)
	}
}

func TestSpanAndCount(t *testing.T) {
	for ns, want := range map[int64]string{
		0: "0 ns", 999: "999 ns", 1500: "1.50 µs", 3_000_000: "3.00 ms", 123_456_789: "123 ms", 45_000_000_000: "45.0 s",
		90_000_000_000: "1 m 30 s", 3 * 3600e9: "3 h 00 m", 50 * 3600e9: "2 d 02 h", -1500: "-1.50 µs",
	} {
		if got := Span(ns); got != want {
			t.Errorf("%d ns: %q, want %q", ns, got, want)
		}
	}
	for n, want := range map[uint64]string{0: "0", 99_999: "99999", 100_000: "100 k", 2_520_000: "2.52 M", 12_345_678_901: "12.3 G"} {
		if got := Count(n); got != want || len(got) > 7 {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

// In privacy mode neither addresses nor quoted contents are left, and the same address is
// always called the same.
func TestPrivacy(t *testing.T) {
	w := &Words{Private: true}
	text := w.Prose(`client "press\"7" at 10.0.0.5:2000 asks [fe80::1%eth0]:1883 and 02:04:c0:a8:0a:28, again 10.0.0.5`)
	for _, leak := range []string{"10.0.0.5", "fe80", "press", "c0:a8"} {
		if strings.Contains(text, leak) {
			t.Errorf("%q shows %q", text, leak)
		}
	}
	if n := strings.Count(text, "host-1"); n != 2 {
		t.Errorf("%q names the first host %d times", text, n)
	}
	if got := w.Addr(netip.MustParseAddr("10.0.0.5")); got != "host-1" {
		t.Errorf("10.0.0.5 is %q", got)
	}
	if got := w.Payload([]byte("secret")); strings.Contains(got, "secret") || !strings.Contains(got, "6") {
		t.Errorf("payload %q", got)
	}
	w.Private = false
	if got := w.Prose("at 10.0.0.5"); got != "at 10.0.0.5" {
		t.Errorf("in the open: %q", got)
	}
}

func TestMarks(t *testing.T) {
	var m Marks
	for _, n := range []uint32{30, 10, 20} {
		m.Toggle(n)
	}
	for _, c := range []struct {
		from      uint32
		backwards bool
		want      uint32
	}{{0, false, 10}, {10, false, 20}, {30, false, 10}, {15, true, 10}, {10, true, 30}, {99, true, 30}} {
		if got, ok := m.Next(c.from, c.backwards); got != c.want || !ok {
			t.Errorf("from %d, backwards %t: %d, want %d", c.from, c.backwards, got, c.want)
		}
	}
	if m.Toggle(20) || m.Has(20) || !m.Has(10) {
		t.Errorf("marks are %v", m.All())
	}
	var none Marks
	if _, ok := none.Next(5, false); ok {
		t.Error("a mark was found where there is none")
	}
	var c Chosen
	c.Set(3, 1, 3, 2)
	if c.Toggle(2) || !c.Toggle(9) || len(c.All()) != 3 || !c.Has(9) || c.Has(2) {
		t.Errorf("chosen are %v", c.All())
	}
}
