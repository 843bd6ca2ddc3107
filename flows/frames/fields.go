package frames

import (
	"slices"

	"plcscope/decode"
	"plcscope/internal/wire"
	"plcscope/mqtt"
	"plcscope/mqtt/websocket"
	"plcscope/s7comm"
)

// Fields are those that no decoder knows: they come from the capture as a whole, and from
// the connection that a frame belongs to.
var Fields wire.Table

// Of the frame's place in the capture.
var (
	TimeRelative  = seconds("frame.time_relative", "Time since reference or first frame")
	TimeDelta     = seconds("frame.time_delta", "Time since the frame before")
	TimeDisplayed = seconds("frame.time_delta_displayed", "Time since the frame before that was shown")
)

// Of the segment's place in its connection.
var (
	Stream       = Fields.Uint("tcp.stream", "Stream index", 4, wire.Dec, nil)
	fSeq         = Fields.Uint("tcp.seq", "Sequence Number, relative", 4, wire.Dec, nil)
	fNextSeq     = Fields.Uint("tcp.nxtseq", "Next Sequence Number, relative", 4, wire.Dec, nil)
	fAck         = Fields.Uint("tcp.ack", "Acknowledgment Number, relative", 4, wire.Dec, nil)
	fFlagsText   = Fields.String("tcp.flags.str", "TCP Flags")
	fWindow      = Fields.Uint("tcp.window_size", "Window in bytes", 4, wire.Dec, nil)
	fSince       = seconds("tcp.time_relative", "Time since the first frame of the connection")
	fDelta       = seconds("tcp.time_delta", "Time since the frame before of the connection")
	fCompletness = Fields.Uint("tcp.completeness", "Conversation completeness", 1, wire.Dec, nil)
)

// Of what a segment does to its connection.
var (
	fAnalysis     = Fields.None("tcp.analysis", "SEQ/ACK analysis")
	fAcksFrame    = Fields.Uint("tcp.analysis.acks_frame", "Acknowledges the segment in frame", 4, wire.Dec, nil)
	fAckRTT       = seconds("tcp.analysis.ack_rtt", "Round trip to this acknowledgment")
	fInitialRTT   = seconds("tcp.analysis.initial_rtt", "Round trip of the handshake")
	fFlying       = Fields.Uint("tcp.analysis.bytes_in_flight", "Bytes in flight", 4, wire.Dec, nil)
	fPushed       = Fields.Uint("tcp.analysis.push_bytes_sent", "Bytes since the last PSH", 4, wire.Dec, nil)
	fAnyFlag      = Fields.None("tcp.analysis.flags", "Analysis flags")
	fDuplicateNum = Fields.Uint("tcp.analysis.duplicate_ack_num", "Duplicate ACK number", 4, wire.Dec, nil)
	fDuplicateOf  = Fields.Uint("tcp.analysis.duplicate_ack_frame", "Duplicate of the ACK in frame", 4, wire.Dec, nil)

	// In the order of verdict.
	fVerdicts = [...]*wire.Field{
		Fields.None("tcp.analysis.zero_window_probe", "Probe of a closed window"),
		Fields.None("tcp.analysis.zero_window", "The window is closed"),
		Fields.None("tcp.analysis.lost_segment", "The segment before was not captured"),
		Fields.None("tcp.analysis.keep_alive", "Keep-alive"),
		Fields.None("tcp.analysis.window_update", "Window update"),
		Fields.None("tcp.analysis.window_full", "The window is full"),
		Fields.None("tcp.analysis.keep_alive_ack", "Answer to a keep-alive"),
		Fields.None("tcp.analysis.zero_window_probe_ack", "Answer to a probe of a closed window"),
		Fields.None("tcp.analysis.duplicate_ack", "Duplicate ACK"),
		Fields.None("tcp.analysis.ack_lost_segment", "Acknowledges what was not captured"),
		Fields.None("tcp.analysis.spurious_retransmission", "Retransmission of what was acknowledged"),
		Fields.None("tcp.analysis.fast_retransmission", "Fast retransmission"),
		Fields.None("tcp.analysis.out_of_order", "Out of order"),
		Fields.None("tcp.analysis.retransmission", "Retransmission"),
		Fields.None("tcp.analysis.reused_ports", "The ports are used again"),
	}
)

// Our own, which Wireshark does not have.
var (
	fOwn = Fields.None("plcscope", "plcscope")
	// Client is the client identifier of the MQTT connection that the frame belongs to,
	// from its CONNECT on.
	Client = Fields.String("plcscope.client", "Client identifier of the connection")
	// Session is the client identifier and the broker.
	Session = Fields.String("plcscope.session", "Session: client identifier and broker")
	// Rule are the rules that the frame is evidence against.
	Rule = Fields.String("plcscope.rule", "Rule that the frame is evidence against")
	// Severity is theirs: info, warning or error.
	Severity = Fields.String("plcscope.severity", "Severity of the rule")
)

func seconds(name, title string) *wire.Field {
	return Fields.Add(wire.Field{Name: name, Title: title, Type: wire.Epoch})
}

// All are the fields of all protocols, from the frame upwards.
func All() []*wire.Field {
	return slices.Concat(decode.Fields.All(), Fields.All(), mqtt.Fields.All(), websocket.Fields.All(), s7comm.Fields.All())
}

// ofMessages reports whether f belongs to messages.
func ofMessages(f *wire.Field) bool {
	return mqtt.Fields.Lookup(f.Name) == f || websocket.Fields.Lookup(f.Name) == f || s7comm.Fields.Lookup(f.Name) == f
}
