package main

// The shape of the inventory in JSON.

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
