package events

// Start is the beginning of a run.
type Start struct {
	head
	Tool       string   `json:"tool" doc:"Name and version of the program."`
	Interfaces []string `json:"interfaces"`
	Filter     string   `json:"filter" doc:"The capture filter; empty when everything is taken."`
	Profile    string   `json:"profile" doc:"The file, empty without one."`
}

func (*Start) kind() string { return "start" }

// End is the end of a run, after the last event of the traffic.
type End struct {
	head
	Failed bool   `json:"failed" doc:"Whether a certain finding reaches --fail-on."`
	Reason string `json:"reason" doc:"Why the run ends."`
	Total  Counts `json:"total"`
}

func (*End) kind() string { return "end" }

// Loss is frames that the system had to drop because they were not taken in time.
type Loss struct {
	head
	Interface string `json:"interface"`
	Dropped   uint64 `json:"dropped" doc:"Since the last such event."`
	Total     uint64 `json:"total" doc:"Since the start of the run."`
}

func (*Loss) kind() string { return "loss" }

// Notice is something about the program itself that its operator must know.
type Notice struct {
	head
	Level string `json:"level" enum:"info|warning|error"`
	Text  string `json:"text"`
}

func (*Notice) kind() string { return "notice" }

// Report says that a report was written.
type Report struct {
	head
	Files []string `json:"files" doc:"Empty when it went to standard output only."`
}

func (*Report) kind() string { return "report" }

// Statistics are what was counted until now.
type Statistics struct {
	head
	Counts
}

func (*Statistics) kind() string { return "statistics" }

// Counts are counts since the start of the run.
type Counts struct {
	Interfaces  []Interface `json:"interfaces"`
	Frames      uint64      `json:"frames" doc:"Analysed."`
	Bytes       uint64      `json:"bytes" doc:"Of these frames, on the wire."`
	Segments    uint64      `json:"tcp_segments"`
	Connections Connections `json:"connections"`
	Messages    Messages    `json:"messages"`
	Gaps        uint64      `json:"gaps" doc:"Places where bytes are missing, of connections that are closed."`
	Findings    Findings    `json:"findings"`
	Bounds      Bounds      `json:"bounds"`
	Consumers   []Consumer  `json:"consumers" doc:"Who takes events."`
	Kept        *Kept       `json:"kept,omitempty" doc:"With -w: what was written."`
	Memory      uint64      `json:"memory_bytes" doc:"In use by the program, the kernel's buffers left out."`
	Behind      int64       `json:"behind_ns" doc:"How far the analysis is behind the wire, at the most recent frame; 0 when nothing waits."`
}

// Interface is what came in at one network interface.
type Interface struct {
	Name     string `json:"name"`
	Received uint64 `json:"received" doc:"Frames that passed the filter, those dropped included."`
	Dropped  uint64 `json:"dropped" doc:"Frames that the system lost because they were not taken in time."`
	Downs    uint64 `json:"downs" doc:"Times that the interface went down."`
}

// Connections counts TCP connections.
type Connections struct {
	Open    int    `json:"open" doc:"Now, those included that ended a little while ago."`
	Total   uint64 `json:"total"`
	Idle    uint64 `json:"idle" doc:"Forgotten because nothing came for long."`
	Evicted uint64 `json:"evicted" doc:"Forgotten because there were too many."`
}

// Messages counts messages.
type Messages struct {
	MQTT      uint64 `json:"mqtt"`
	ISO       uint64 `json:"iso" doc:"ISO-on-TCP, S7comm among them."`
	Malformed uint64 `json:"malformed"`
}

// Findings counts cases of rules.
type Findings struct {
	Fail         uint64 `json:"fail" doc:"Certain cases, excused ones included."`
	Excused      uint64 `json:"excused"`
	Inconclusive uint64 `json:"inconclusive"`
}

// Bounds counts what was given up to keep memory within its bounds.
type Bounds struct {
	Subjects   uint64 `json:"subjects" doc:"Clients and servers that share one line."`
	Reassembly uint64 `json:"reassembly" doc:"Holes in streams that were given up early."`
	Oversized  uint64 `json:"oversized" doc:"Messages of which only the beginning was kept."`
	Sessions   uint64 `json:"sessions" doc:"MQTT sessions that the rules have forgotten."`
}

// Consumer is somebody who takes events.
type Consumer struct {
	Name    string `json:"name"`
	Sent    uint64 `json:"sent"`
	Dropped uint64 `json:"dropped" doc:"Events that it did not get because it was too slow or away."`
}

// Kept is what was written to capture files.
type Kept struct {
	Frames uint64 `json:"frames"`
	Lost   uint64 `json:"lost" doc:"Frames that could not be written."`
	Files  uint64 `json:"files"`
}
