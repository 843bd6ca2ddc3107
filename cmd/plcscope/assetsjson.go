package main

import (
	"time"

	"plcscope/flows/assets"
	"plcscope/flows/latency"
)

type jsonAsset struct {
	Kind     string       `json:"kind"`
	Address  string       `json:"address"`
	Roles    []string     `json:"roles"`
	MACs     []jsonMAC    `json:"macs,omitempty"`
	Vendor   string       `json:"vendor,omitempty"`
	SameAs   []string     `json:"same_module_at,omitempty"`
	Modules  []jsonModule `json:"modules,omitempty"`
	MQTT     []jsonUse    `json:"mqtt,omitempty"`
	MoreMQTT bool         `json:"more_mqtt,omitempty"`
	Answers  []jsonAnswer `json:"answers,omitempty"`
}

type jsonMAC struct {
	MAC       string `json:"mac"`
	Addresses int    `json:"addresses"`
}

type jsonUse struct {
	ClientID wireText `json:"client_id"`
	Broker   string   `json:"broker"`
	Connects uint64   `json:"connects"`
}

type jsonModule struct {
	Slots       []string        `json:"slots,omitempty"`
	OrderNumber wireText        `json:"order_number,omitempty"`
	Hardware    wireText        `json:"hardware,omitempty"`
	Firmware    wireText        `json:"firmware,omitempty"`
	Name        wireText        `json:"plc_name,omitempty"`
	Module      wireText        `json:"module_name,omitempty"`
	Plant       wireText        `json:"plant,omitempty"`
	Serial      wireText        `json:"serial_number,omitempty"`
	Type        wireText        `json:"module_type,omitempty"`
	Card        wireText        `json:"memory_card,omitempty"`
	Location    wireText        `json:"location,omitempty"`
	Protection  *jsonProtection `json:"protection,omitempty"`
	Mode        string          `json:"mode,omitempty"`
	Modes       []jsonMode      `json:"mode_changes,omitempty"`
	MoreModes   uint64          `json:"mode_changes_not_kept,omitempty"`
	Counts      []jsonCount     `json:"block_counts,omitempty"`
	Blocks      []jsonBlock     `json:"blocks,omitempty"`
}

type jsonProtection struct {
	Level      uint16 `json:"level"`
	Configured uint16 `json:"configured"`
	KeySwitch  uint16 `json:"key_switch_level"`
	Position   string `json:"key_switch,omitempty"`
}

type jsonMode struct {
	Mode  string `json:"mode,omitempty"`
	Why   string `json:"why"`
	By    string `json:"by,omitempty"`
	Frame uint64 `json:"frame"`
	Time  string `json:"time"`
	Clock string `json:"plc_time,omitempty"`
}

type jsonCount struct {
	Type  string `json:"type"`
	Count uint16 `json:"count"`
}

type jsonBlock struct {
	Type        string   `json:"type"`
	Number      int      `json:"number"`
	Language    string   `json:"language,omitempty"`
	Bytes       uint32   `json:"load_memory,omitempty"`
	Code        string   `json:"code_time,omitempty"`
	Interface   string   `json:"interface_time,omitempty"`
	Author      wireText `json:"author,omitempty"`
	Family      wireText `json:"family,omitempty"`
	Name        wireText `json:"name,omitempty"`
	Version     string   `json:"version,omitempty"`
	Uploads     uint64   `json:"uploads,omitempty"`
	Downloads   uint64   `json:"downloads,omitempty"`
	By          string   `json:"last_by,omitempty"`
	Frame       uint64   `json:"last_frame,omitempty"`
	Transferred string   `json:"last_time,omitempty"`
}

type jsonTimes struct {
	Count   uint64  `json:"count"`
	P50     float64 `json:"p50_seconds"`
	P95     float64 `json:"p95_seconds"`
	P99     float64 `json:"p99_seconds"`
	Max     float64 `json:"max_seconds"`
	Partial bool    `json:"partial,omitempty"`
}

type jsonAnswer struct {
	Function     string     `json:"function"`
	ByServer     bool       `json:"asked_by_controller,omitempty"`
	Requests     uint64     `json:"requests"`
	Answered     uint64     `json:"answered"`
	Refused      uint64     `json:"refused"`
	ItemsRefused uint64     `json:"items_refused"`
	Late         uint64     `json:"late"`
	Unanswered   uint64     `json:"unanswered"`
	Open         uint64     `json:"open"`
	Unknown      uint64     `json:"unknown"`
	Times        *jsonTimes `json:"response_time,omitempty"`
}

type jsonTransactions struct {
	Kind        string            `json:"kind"`
	Client      string            `json:"client"`
	Server      string            `json:"server"`
	Connections uint64            `json:"connections"`
	Start       string            `json:"start"`
	Seconds     float64           `json:"duration_seconds"`
	Functions   []jsonAnswer      `json:"functions"`
	Errors      []jsonFailure     `json:"errors,omitempty"`
	MoreErrors  uint64            `json:"errors_not_kept,omitempty"`
	Unmatched   uint64            `json:"answers_without_request,omitempty"`
	Limits      *jsonLimits       `json:"negotiated,omitempty"`
	MostOpen    [2]int            `json:"most_open_jobs"` // of the client, of the controller
	Largest     [2]int            `json:"largest_message"`
	Items       uint64            `json:"variables"`
	Jobs        uint64            `json:"variable_jobs"`
	MostItems   int               `json:"most_variables_in_a_job"`
	Areas       []jsonArea        `json:"areas,omitempty"`
	Polls       []jsonPoll        `json:"polls,omitempty"`
	Actions     map[string]uint64 `json:"actions,omitempty"`
}

type jsonLimits struct {
	PDULength uint16 `json:"pdu_length"`
	Calling   uint16 `json:"jobs_of_client"`
	Called    uint16 `json:"jobs_of_controller"`
	// Fullest is the share of the PDU length that the longest answer took.
	Fullest float64 `json:"fullest_answer"`
}

type jsonFailure struct {
	Function string   `json:"function"`
	Item     bool     `json:"of_item"`
	Code     string   `json:"code"`
	Text     string   `json:"text"`
	Advice   string   `json:"advice,omitempty"`
	Count    uint64   `json:"count"`
	Frame    uint64   `json:"first_frame"`
	Example  wireText `json:"example,omitempty"`
}

type jsonArea struct {
	Area   string  `json:"area"`
	Reads  uint64  `json:"reads"`
	Writes uint64  `json:"writes"`
	Low    *uint32 `json:"written_from,omitempty"`
	High   *uint32 `json:"written_to,omitempty"`
	Frame  uint64  `json:"first_write_frame,omitempty"`
	Last   string  `json:"last_write,omitempty"`
}

type jsonPoll struct {
	First  wireText   `json:"first_variable"`
	Items  int        `json:"variables"`
	Count  uint64     `json:"count"`
	Period *jsonTimes `json:"period"`
}

type jsonAction struct {
	Kind    string   `json:"kind"`
	Action  string   `json:"action"`
	Client  string   `json:"client"`
	Server  string   `json:"server"`
	Frame   uint64   `json:"frame"`
	Time    string   `json:"time"`
	Detail  wireText `json:"detail,omitempty"`
	Outcome string   `json:"outcome"`
	Error   string   `json:"error,omitempty"`
}

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
		j.Protection = &jsonProtection{p.Valid, p.Parameter, p.KeySwitch, switchText(p.ModeSwitch)}
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

// jsonBounds counts what was not kept because a bound of memory was reached.
type jsonBounds struct {
	Kind       string `json:"kind"`
	Hosts      uint64 `json:"hosts"`
	Pairs      uint64 `json:"pairs"`
	Polls      uint64 `json:"polls"`
	Areas      uint64 `json:"areas"`
	Blocks     uint64 `json:"blocks"`
	Actions    uint64 `json:"actions"`
	Histograms uint64 `json:"histograms"`
}

// jsonInventory are the members that the inventory adds to an object.
type jsonInventory struct {
	Assets       []jsonAsset        `json:"assets"`
	Transactions []jsonTransactions `json:"transactions"`
	Actions      []jsonAction       `json:"actions"`
	Bounds       *jsonBounds        `json:"inventory_not_kept,omitempty"`
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
