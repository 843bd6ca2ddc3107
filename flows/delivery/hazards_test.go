package delivery

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"plcscope/pcaps/craft"
)

// TestHazards damages every conversation in every way that mirror ports, networks
// and probes know. Where nothing is lost the ledger is the same; where something
// is, nothing is called lost, abandoned or missing that was not so before.
func TestHazards(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	for _, c := range allConversations() {
		for _, v := range c.versions() {
			talk := newTalk(v)
			c.say(talk)
			frames := talk.capture.Frames()
			opt := c.options(t)
			want := audit(frames, opt)
			for _, h := range craft.Hazards() {
				if h.Name == "coalesce" && talk.woven {
					continue // it would move one connection's packets before another's
				}
				got := audit(h.Apply(frames), opt)
				name := c.name + "/" + v.String() + "/" + h.Name
				for _, x := range balanced(&got) {
					t.Errorf("%s: %s", name, x)
				}
				if !h.Lossy {
					if d := cmp.Diff(inWords(&want), inWords(&got)); d != "" {
						t.Errorf("%s: (-clean +damaged)\n%s", name, d)
					}
					continue
				}
				for side := range got.Total {
					g, w := &got.Total[side], &want.Total[side]
					if g.Lost > w.Lost || g.Abandoned > w.Abandoned+w.Lost || g.Twice > w.Twice || g.Refused > w.Refused {
						t.Errorf("%s: %s, without damage %s", name, g.text(), w.text())
					}
				}
				var missing, was uint64
				for i := range got.Pairs {
					missing += got.Pairs[i].Missing
				}
				for i := range want.Pairs {
					was += want.Pairs[i].Missing
				}
				if missing > was {
					t.Errorf("%s: %d missing at subscribers, without damage %d", name, missing, was)
				}
				var unanswered, before uint64
				for i := range got.Replies {
					unanswered += got.Replies[i].Unanswered
				}
				for i := range want.Replies {
					before += want.Replies[i].Unanswered
				}
				if unanswered > before {
					t.Errorf("%s: %d unanswered, without damage %d", name, unanswered, before)
				}
			}
		}
	}
}

// inWords writes down what no harmless hazard may change.
func inWords(r *Result) []string {
	l := []string{"clients " + r.Total[client].text(), "brokers " + r.Total[server].text()}
	for i := range r.Sessions {
		s := &r.Sessions[i]
		l = append(l, s.String()+" "+s.Sides[client].text()+" / "+s.Sides[server].text())
	}
	for i := range r.Outages {
		l = append(l, r.Outages[i].text())
	}
	for i := range r.Pairs {
		l = append(l, r.Pairs[i].text())
	}
	for i := range r.Replies {
		l = append(l, r.Replies[i].text())
	}
	for i := range r.Incidents {
		x := &r.Incidents[i]
		l = append(l, strings.Join([]string{x.Kind.String(), x.String(), x.Topic, x.To}, " "))
	}
	return l
}

// TestTwiceTheSame: an audit does not depend on anything but the capture.
func TestTwiceTheSame(t *testing.T) {
	for _, c := range allConversations() {
		talk := newTalk(c.versions()[0])
		c.say(talk)
		opt := c.options(t)
		if d := cmp.Diff(audit(talk.capture.Frames(), opt), audit(talk.capture.Frames(), opt), cmpopts.IgnoreUnexported(Outage{})); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}
