package tui

import (
	"plcscope/tui/delivery"
	"plcscope/tui/findings"
	"plcscope/tui/ladder"
	"plcscope/tui/overview"
	"plcscope/tui/packets"
	"plcscope/tui/pane"
	"plcscope/tui/plcdata"
	"plcscope/tui/sessions"
	"plcscope/tui/topics"
)

// views are all there are, in the order of their keys from 1 on.
var views = []struct {
	name pane.Name
	help string // one sentence
	make func(pane.Desk) pane.View
}{
	{pane.Overview, "Who talks, what they are, and what is wrong.", overview.New},
	{pane.Sessions, "MQTT sessions and S7 partners with all their connections.", sessions.New},
	{pane.Ladder, "What the selected sessions have said to each other, as a sequence diagram.", ladder.New},
	{pane.Packets, "Every frame, its fields and its bytes.", packets.New},
	{pane.Findings, "The verdicts, with evidence, clause and what to do.", findings.New},
	{pane.Topics, "The tree of MQTT topics, who publishes and who receives them.", topics.New},
	{pane.Data, "The data of controllers by address or symbol.", plcdata.New},
	{pane.Delivery, "What became of every message of QoS 1 and 2.", delivery.New},
}
