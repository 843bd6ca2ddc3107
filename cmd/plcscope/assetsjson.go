package main

import (
	"time"

	"plcscope/flows/assets"
	"plcscope/flows/latency"
)

func stampOf(ns int64) string { return time.Unix(0, ns).UTC().Format(time.RFC3339Nano) }

func jsonTimesOf(s *latency.Summary) *jsonTimes {
	if s.Count == 0 {
		return nil
	}
	sec := func(ns int64) float64 { return time.Duration(ns).Seconds() }
	return &jsonTimes{s.Count, sec(s.P50), sec(s.P95), sec(s.P99), sec(s.Max), s.Partial}
}

func jsonAnswersOf(l []assets.Function) []jsonAnswer {
	out := []jsonAnswer{}
	for i := range l {
		f := &l[i]
		out = append(out, jsonAnswer{f.Name, f.ByServer, f.Requests, f.Answered, f.Refused, f.ItemsRefused, f.Late, f.Unanswered, f.Open, f.Unknown, jsonTimesOf(&f.Times)})
	}
	return out
}

func jsonAssetOf(a *assets.Asset) jsonAsset {
	j := jsonAsset{Kind: "asset", Address: a.Addr.String(), Vendor: a.Vendor(), MoreMQTT: a.MoreMQTT}
	for _, r := range a.Roles {
		j.Roles = append(j.Roles, r.String())
	}
	for _, m := range a.MACs {
		j.MACs = append(j.MACs, jsonMAC{m.String(), m.Hosts})
	}
	for _, s := range a.SameAs {
		j.SameAs = append(j.SameAs, s.String())
	}
	for i := range a.Modules {
		j.Modules = append(j.Modules, jsonModuleOf(&a.Modules[i]))
	}
	for i := range a.MQTT {
		u := &a.MQTT[i]
		j.MQTT = append(j.MQTT, jsonUse{u.ClientID, u.Broker.String(), u.Connects})
	}
	if len(a.Answers) > 0 {
		j.Answers = jsonAnswersOf(a.Answers)
	}
	return j
}

func jsonModuleOf(m *assets.Module) jsonModule {
	i := &m.Identity
	text := func(s string) wireText { return wireText(s) }
	j := jsonModule{
		Slots: m.Slots, OrderNumber: text(i.OrderNumber), Hardware: text(i.Hardware), Firmware: text(i.Firmware), Name: text(i.Name), Module: text(i.Module),
		Plant: text(i.Plant), Serial: text(i.Serial), Type: text(i.Type), Card: text(i.Card), Location: text(i.Location), Mode: m.Mode, MoreModes: m.MoreModes,
	}
	if p := m.Protection; p != nil {
		j.Protection = &jsonProtection{p.Valid, p.Parameter, p.KeySwitch, p.ModeSwitchName()}
	}
	for _, c := range m.Modes {
		x := jsonMode{Mode: c.Mode, Why: c.Why, Frame: c.Frame, Time: stampOf(c.Time)}
		if c.HasBy {
			x.By = c.By.String()
		}
		if !c.Clock.IsZero() {
			x.Clock = c.Clock.String()
		}
		j.Modes = append(j.Modes, x)
	}
	for _, c := range m.Counts {
		j.Counts = append(j.Counts, jsonCount{c.Type.String(), c.Count})
	}
	for k := range m.Blocks {
		j.Blocks = append(j.Blocks, jsonBlockOf(&m.Blocks[k]))
	}
	return j
}

func jsonBlockOf(b *assets.Block) jsonBlock {
	j := jsonBlock{Type: b.Type.String(), Number: b.Number, Uploads: b.Uploads, Downloads: b.Downloads}
	if b.Described || b.Listed {
		j.Language = b.Info.Language.String()
	}
	if b.Described {
		i := &b.Info
		j.Bytes, j.Code, j.Interface = i.LoadMemory, i.CodeTime.String(), i.InterfaceTime.String()
		if i.HasAuthor {
			j.Author, j.Family, j.Name, j.Version = wireText(i.Author), wireText(i.Family), wireText(i.Name), i.VersionString()
		}
	}
	if b.Uploads+b.Downloads > 0 {
		j.By, j.Frame, j.Transferred = b.By.String(), b.Frame, stampOf(b.Time)
	}
	return j
}

func jsonTransactionsOf(t *assets.Transactions) jsonTransactions {
	j := jsonTransactions{
		Kind: "transactions", Client: t.Client.String(), Server: t.Server.String(), Connections: t.Connections,
		Start: stampOf(t.FirstTime), Seconds: time.Duration(t.LastTime - t.FirstTime).Seconds(),
		Functions: jsonAnswersOf(t.Functions), MoreErrors: t.MoreFailures, Unmatched: t.Unmatched,
		MostOpen: t.MostOpen, Largest: t.Largest, Items: t.Items, Jobs: t.Jobs, MostItems: t.MostItems,
	}
	if t.Negotiated {
		j.Limits = &jsonLimits{t.PDULength, t.Calling, t.Called, float64(t.Fullest[1]) / 1000}
	}
	for i := range t.Failures {
		f := &t.Failures[i]
		j.Errors = append(j.Errors, jsonFailure{f.Request, f.Item, f.CodeString(), f.Text, f.Advice, f.Count, f.Frame, wireText(f.Example)})
	}
	for i := range t.Areas {
		a := &t.Areas[i]
		x := jsonArea{Area: a.Name(), Reads: a.Reads, Writes: a.Writes}
		if a.Writes > 0 {
			x.Low, x.High, x.Frame, x.Last = &a.Low, &a.High, a.FirstWrite, stampOf(a.LastWrite)
		}
		j.Areas = append(j.Areas, x)
	}
	for i := range t.Polls {
		p := &t.Polls[i]
		j.Polls = append(j.Polls, jsonPoll{wireText(p.First), p.Items, p.Count, jsonTimesOf(&p.Period)})
	}
	for _, k := range assets.ActionKinds() {
		if n := t.Actions[k]; n > 0 {
			if j.Actions == nil {
				j.Actions = map[string]uint64{}
			}
			j.Actions[k.String()] = n
		}
	}
	return j
}

func jsonActionOf(a *assets.Action) jsonAction {
	return jsonAction{"action", a.Kind.String(), a.Client.String(), a.Server.String(), a.Frame, stampOf(a.Time), wireText(a.Detail), a.Outcome.String(), a.Error}
}

func (v *inventory) json() jsonInventory {
	j := jsonInventory{[]jsonAsset{}, []jsonTransactions{}, []jsonAction{}, nil}
	for i := range v.Assets {
		j.Assets = append(j.Assets, jsonAssetOf(&v.Assets[i]))
	}
	for i := range v.Transactions {
		j.Transactions = append(j.Transactions, jsonTransactionsOf(&v.Transactions[i]))
	}
	for i := range v.Actions {
		j.Actions = append(j.Actions, jsonActionOf(&v.Actions[i]))
	}
	if b := v.Bounds; b != (assets.Bounds{}) {
		j.Bounds = &jsonBounds{"inventory_not_kept", b.Hosts, b.Pairs, b.Polls, b.Areas, b.Blocks, b.Actions, b.Histograms}
	}
	return j
}

// jsonLines writes the same one object a line.
func (v *inventory) jsonLines(encode func(any) error) error {
	j := v.json()
	for i := range j.Assets {
		if err := encode(&j.Assets[i]); err != nil {
			return err
		}
	}
	for i := range j.Transactions {
		if err := encode(&j.Transactions[i]); err != nil {
			return err
		}
	}
	for i := range j.Actions {
		if err := encode(&j.Actions[i]); err != nil {
			return err
		}
	}
	if j.Bounds != nil {
		return encode(j.Bounds)
	}
	return nil
}
