package pane

import (
	"cmp"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"plcscope/decode"
	"plcscope/flows/tcp"
)

// Clock is how times are written.
type Clock uint8

const (
	Relative  Clock = iota // seconds since the first frame, or the reference
	Delta                  // seconds since the row before
	TimeOfDay              // 15:04:05.000000, of the machine's zone
	Date                   // with the date
	UTC                    // with the date, of UTC
	Epoch                  // seconds since 1970
	clocks
)

func (c Clock) String() string {
	return [...]string{"relative", "delta", "time", "date", "utc", "epoch"}[min(c, clocks-1)]
}

// Clocks returns all ways to write times.
func Clocks() []Clock {
	l := make([]Clock, clocks)
	for i := range l {
		l[i] = Clock(i)
	}
	return l
}

// Words writes what views show: times in the form that the user has chosen, and in
// privacy mode neither addresses nor payloads. Views write through it whatever came from
// the wire. The results are not yet harmless for a terminal; package paint sees to that.
type Words struct {
	Clock     Clock
	Zone      *time.Location // nil is the machine's
	Start     int64          // nanoseconds since 1970: of the first frame
	Reference int64          // what Relative counts from; 0 is Start
	Private   bool
	Secrets   bool // passwords are shown

	// Label returns what the site calls an address, or "".
	Label func(netip.Addr) string

	hosts map[netip.Addr]int // numbers that stand for addresses in privacy mode
}

// Time writes a time. before is the time of the row before, 0 when there is none.
func (w *Words) Time(ns, before int64) string {
	switch w.Clock {
	case Relative:
		return seconds(ns - cmp.Or(w.Reference, w.Start))
	case Delta:
		if before == 0 {
			return seconds(0)
		}
		return seconds(ns - before)
	case TimeOfDay:
		return w.at(ns).Format("15:04:05.000000")
	case Date:
		return w.at(ns).Format("2006-01-02 15:04:05.000000")
	case UTC:
		return time.Unix(0, ns).UTC().Format("2006-01-02 15:04:05.000000Z")
	}
	return fmt.Sprintf("%d.%06d", ns/1e9, ns%1e9/1e3)
}

// TimeWidth is how many columns Time takes.
func (w *Words) TimeWidth() int {
	return [...]int{12, 12, 15, 26, 27, 17}[min(w.Clock, clocks-1)]
}

func (w *Words) at(ns int64) time.Time { return time.Unix(0, ns).In(cmp.Or(w.Zone, time.Local)) }

// seconds writes nanoseconds as seconds with six digits behind the point.
func seconds(ns int64) string {
	sign := ""
	if ns < 0 {
		sign, ns = "-", -ns
	}
	return fmt.Sprintf("%s%d.%06d", sign, ns/1e9, ns%1e9/1e3)
}

// Span writes how long something took, three digits of it: "1.23 ms", "45 s", "3 h 12 m".
func Span(ns int64) string {
	if ns < 0 {
		return "-" + Span(-ns)
	}
	switch d := time.Duration(ns); {
	case d < time.Microsecond:
		return fmt.Sprintf("%d ns", ns)
	case d < time.Millisecond:
		return figures(float64(ns)/1e3) + " µs"
	case d < time.Second:
		return figures(float64(ns)/1e6) + " ms"
	case d < time.Minute:
		return figures(float64(ns)/1e9) + " s"
	case d < time.Hour:
		return fmt.Sprintf("%d m %02d s", d/time.Minute, d%time.Minute/time.Second)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %02d m", d/time.Hour, d%time.Hour/time.Minute)
	default:
		return fmt.Sprintf("%d d %02d h", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
	}
}

func figures(f float64) string {
	switch {
	case f < 9.995:
		return fmt.Sprintf("%.2f", f)
	case f < 99.95:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.0f", f)
}

// Count writes a number so that it fits into seven columns: 12345, 1.23 M.
func Count[N int | int64 | uint32 | uint64](n N) string {
	switch {
	case n < 100_000:
		return fmt.Sprint(n)
	case n < 1_000_000:
		return fmt.Sprintf("%d k", n/1000)
	case n < 1_000_000_000:
		return figures(float64(n)/1e6) + " M"
	}
	return figures(float64(n)/1e9) + " G"
}

// Plural writes how many there are of what a word names, as Count does: "1 frame",
// "2.52 M frames", "3 replies".
func Plural[N int | int64 | uint32 | uint64](n N, word string) string {
	switch {
	case n == 1:
		return "1 " + word
	case strings.HasSuffix(word, "y"):
		return Count(n) + " " + word[:len(word)-1] + "ies"
	}
	return Count(n) + " " + word + "s"
}

// Host writes an address with what the site calls it.
func (w *Words) Host(a decode.Addr) string { return w.Addr(a.Netip().Unmap()) }

// Addr writes an address, or in privacy mode what stands for it.
func (w *Words) Addr(a netip.Addr) string {
	if w.Label != nil {
		if l := w.Label(a); l != "" {
			return l
		}
	}
	if !w.Private {
		return a.String()
	}
	n, ok := w.hosts[a]
	if !ok {
		if w.hosts == nil {
			w.hosts = map[netip.Addr]int{}
		}
		n = len(w.hosts) + 1
		w.hosts[a] = n
	}
	return fmt.Sprintf("host-%d", n)
}

// Endpoint writes an address and a port.
func (w *Words) Endpoint(e tcp.Endpoint) string {
	host := w.Host(e.Addr)
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return fmt.Sprintf("%s:%d", host, e.Port)
}

// Payload writes a payload as text, or in privacy mode how long it is.
func (w *Words) Payload(b []byte) string {
	if w.Private {
		return fmt.Sprintf("‹%d bytes hidden›", len(b))
	}
	return string(b)
}

// addresses are IPv4 and IPv6 addresses, and hardware addresses, in prose.
var addresses = regexp.MustCompile(`\b(?:\d{1,3}\.){3}\d{1,3}\b|(?i)\b[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){2,7}`)

// Prose writes a sentence that may quote addresses and contents, such as the detail of a
// finding. In privacy mode addresses are replaced and quotations left out.
func (w *Words) Prose(s string) string {
	if !w.Private {
		return s
	}
	s = quotations.ReplaceAllString(s, `"…"`)
	return addresses.ReplaceAllStringFunc(s, func(t string) string {
		if a, err := netip.ParseAddr(t); err == nil {
			return w.Addr(a.Unmap())
		}
		return "‹address›"
	})
}

var quotations = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// ParseClock returns the way to write times of that name.
func ParseClock(s string) (Clock, error) {
	i := slices.IndexFunc(Clocks(), func(c Clock) bool { return c.String() == s })
	if i < 0 {
		return 0, fmt.Errorf("time format %q is not known; %s are", s, strings.Trim(fmt.Sprint(Clocks()), "[]"))
	}
	return Clock(i), nil
}
