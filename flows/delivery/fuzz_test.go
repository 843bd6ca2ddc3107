package delivery

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"plcscope/mqtt"
	"plcscope/pcaps/craft"
)

// FuzzAudit plays conversations in which anything may be said at any time, on
// several connections, some of it unseen: the ledgers always add up, the same
// capture gives the same result, and bounds as small as they can be hold.
func FuzzAudit(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})
	f.Add([]byte{2, 16, 17, 33, 65, 66, 130, 200, 201, 255, 16, 48, 80, 112, 144, 176, 208, 240})
	f.Add([]byte{1, 0x20, 0x1e, 0x20, 0x1f, 0x1c, 0x20, 0x2e, 0x21, 0x2f, 0x2c, 0x20, 0x20})
	f.Fuzz(func(t *testing.T, ops []byte) {
		if len(ops) == 0 || len(ops) > 200 {
			return
		}
		k := newTalk(all[ops[0]%3])
		conns := []*craft.Conn{k.dial()}
		k.relogin()
		for _, op := range ops[1:] {
			id := uint16(op>>4&3) + 1
			q := mqtt.QoS(1 + op>>6&1)
			payload := string('a' + rune(op>>7))
			say := k.c
			if op>>5&1 != 0 {
				say = k.s
			}
			switch op & 15 {
			case 0, 1:
				say(k.pub(q, id, "t", payload))
			case 2:
				say(k.pub(q, id, "t", payload, dup))
			case 3:
				say(k.ack(mqtt.PUBACK, id))
			case 4:
				say(k.ack(mqtt.PUBREC, id))
			case 5:
				say(k.ack(mqtt.PUBREL, id))
			case 6:
				say(k.ack(mqtt.PUBCOMP, id))
			case 7:
				k.subscribe(id, q, "t")
			case 8:
				k.conn.ServerUnseen(k.ack(mqtt.PUBACK, id))
			case 9:
				k.conn.ClientUnseen(k.pub(q, id, "t", payload))
			case 10:
				say([]byte{0x36, 4, 0, 0, 0, 0}) // PUBLISH of QoS 3
			case 11:
				k.conn.RST(op>>5&1 != 0)
			case 12:
				k.cut()
			case 13:
				k.after(time.Duration(op) * time.Second).on(conns[int(op>>4)%len(conns)])
			case 14:
				var opts []craft.Option
				if op>>4 == 15 {
					opts = append(opts, craft.MidStream())
				}
				conns = append(conns, k.dial(opts...))
				if op>>4 < 14 {
					k.login()
				}
			case 15:
				conns = append(conns, k.dial())
				k.relogin()
			}
		}
		frames := k.capture.Frames()
		pattern, _ := ParsePattern("t=>u")
		for _, opt := range []Options{
			{Patterns: []Pattern{pattern}},
			{Limits: Limits{Sessions: 1, Histograms: 1, Outages: 1, Incidents: 1, Pairs: 1}},
		} {
			r := audit(frames, opt)
			check(t, &r)
			if len(r.Sessions) > max(opt.Limits.Sessions, len(conns)) || opt.Limits.Sessions > 0 && len(r.Sessions) > 1 {
				t.Errorf("%d sessions", len(r.Sessions))
			}
			for i := range r.Pairs {
				if p := &r.Pairs[i]; p.Missing+p.Unknown+p.Open > p.Expected {
					t.Error(p.text())
				}
			}
			for i := range r.Replies {
				if x := &r.Replies[i]; x.Answered+x.Late+x.Unanswered+x.Unknown+x.Open != x.Requests {
					t.Error(x.text())
				}
			}
			if d := cmp.Diff(r, audit(frames, opt), cmpopts.IgnoreUnexported(Outage{})); d != "" {
				t.Error(d)
			}
		}
	})
}
