package talk

import (
	"slices"
	"strings"
	"testing"
	"time"

	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/rules"
)

// Turn is one message of a conversation that mutants are made of.
type Turn struct {
	Client bool // sends it
	Name   string
	Bytes  []byte
	Wait   time.Duration // before it
}

// Play is the capture of turns on one connection, which the client closes.
func Play(client, server string, turns []Turn) []pcaps.Frame {
	conn := craft.Connection(client, server)
	for _, t := range turns {
		conn.After(t.Wait)
		if t.Client {
			conn.Client(t.Bytes)
		} else {
			conn.Server(t.Bytes)
		}
	}
	return conn.FIN(true).Frames()
}

// Mutant is a conversation in which one thing is broken.
type Mutant struct {
	Message, What string
	Client        bool // who sends what is broken
	Turns         []Turn
}

// Whole yields what can be done to turn i without regard to what it says: to leave
// it out, to send it twice, to let the other side send it.
func Whole(turns []Turn, i int, message string, yield func(Mutant)) {
	t := turns[i]
	yield(Mutant{message, "not sent", t.Client, slices.Delete(slices.Clone(turns), i, i+1)})
	yield(Instead(turns, i, message, "sent twice", t.Bytes, t.Bytes))
	other := slices.Clone(turns)
	other[i].Client = !t.Client
	yield(Mutant{message, "sent by the other side", !t.Client, other})
}

// Instead is a mutant in which these bytes stand in the place of turn i.
func Instead(turns []Turn, i int, message, what string, instead ...[]byte) Mutant {
	t := turns[i]
	l := slices.Clone(turns[:i])
	for _, b := range instead {
		l = append(l, Turn{Client: t.Client, Name: t.Name, Bytes: b, Wait: t.Wait})
	}
	return Mutant{message, what, t.Client, append(l, turns[i+1:]...)}
}

// Told returns the rules of b that are broken by the side which sends what is broken
// in a mutant, and by its peer. Remarks count only where nothing else is told.
func (m *Mutant) Told(b *rules.Book) (sender, peer string) {
	var of, remarks [2][]string
	for _, s := range b.Subjects() {
		who := 1
		if (s.Role == rules.Client) == m.Client {
			who = 0
		}
		for _, x := range b.Results(s) {
			switch {
			case x.Verdict != rules.Fail:
			case x.Severity > rules.Info:
				of[who] = append(of[who], x.Rule.ID)
			default:
				remarks[who] = append(remarks[who], x.Rule.ID)
			}
		}
	}
	if len(of[0])+len(of[1]) == 0 {
		of = remarks
	}
	return strings.Join(of[0], " "), strings.Join(of[1], " ")
}

// Blind is a kind of mutation that no rule tells, and why. A star at an end of a text
// stands for anything.
type Blind struct {
	Message, What string
	In            string // versions of the protocol, "" for all
	Why           string
}

// Excuse returns why nobody tells a mutant of a version, "" when no reason is known,
// and notes in used which reason it was.
func Excuse(list []Blind, used []bool, m *Mutant, version string) string {
	for i, b := range list {
		if like(b.Message, m.Message) && like(b.What, m.What) && (b.In == "" || slices.Contains(strings.Fields(b.In), version)) {
			used[i] = true
			return b.Why
		}
	}
	return ""
}

// Unused complains of reasons that nobody needs.
func Unused(t testing.TB, list []Blind, used []bool) {
	t.Helper()
	for i, b := range list {
		if !used[i] {
			t.Errorf("%s, %s: somebody tells it by now", b.Message, b.What)
		}
	}
}

func like(pattern, s string) bool {
	core := strings.Trim(pattern, "*")
	switch {
	case strings.HasPrefix(pattern, "*") && strings.HasSuffix(pattern, "*"):
		return strings.Contains(s, core)
	case strings.HasSuffix(pattern, "*"):
		return strings.HasPrefix(s, core)
	case strings.HasPrefix(pattern, "*"):
		return strings.HasSuffix(s, core)
	}
	return s == pattern
}
