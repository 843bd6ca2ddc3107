package tui

import (
	"github.com/gdamore/tcell/v2"

	"plcscope/tui/pane"
)

// listKeys are those that lists and pages have of themselves.
var listKeys = []pane.Key{
	{Key: tcell.KeyUp, Name: "↑, ↓", Help: "A row up, a row down."},
	{Name: "pgup, pgdn", Help: "A page up, a page down; ctrl-b and ctrl-f do, too."},
	{Name: "home, end", Help: "To the first row, to the last; on live traffic the last one is followed."},
	{Key: tcell.KeyEnter, Name: "enter", Help: "Open the selected row, or go to where it leads."},
	{Key: tcell.KeyTab, Name: "tab", Help: "To the next part of the view."},
}

// filterLanguage is the language in short.
var filterLanguage = []Row{
	{"mqtt.topic", "the field is there"},
	{"==  !=  <  <=  >  >=", "equal, other, order; also eq ne lt le gt ge"},
	{"contains  matches", "has a part, fits a regular expression; case does not matter to matches"},
	{"in {1883, 8883, 1880..1890}", "one of several values"},
	{"and  or  not  xor  ( )", "join tests; also && || ! ^^"},
	{"eth.src[0:3]  tcp.flags & 2", "some bytes of a field, a bit of it"},
	{"len() count() lower() upper()", "functions, also string() max() min() abs()"},
	{"any  all", "before a comparison: for one value of the field, for every one"},
}

// filterExamples are filters that people often want.
var filterExamples = []Row{
	{"mqtt", "all MQTT"},
	{"mqtt.msgtype == CONNECT", "who connects, and when"},
	{"mqtt.msgtype == CONNACK && mqtt.conack.val != 0", "refused connections"},
	{`mqtt.topic matches "^plant/.*/level$"`, "messages of some topics"},
	{"mqtt.qos > 0 && mqtt.dupflag == 1", "messages that were sent again"},
	{"mqtt.retain == 1", "retained messages"},
	{`plcscope.client == "press7"`, "all frames of a client's connections"},
	{"s7comm.param.func == 0x05", "what was written to controllers"},
	{"s7comm.param.func in {0x28, 0x29}", "controllers that were started or stopped"},
	{`plcscope.severity == "error"`, "frames that break a rule"},
	{`plcscope.rule contains "connect"`, "frames that break rules about connections"},
	{`plcscope.symbol contains "Motor"`, "data by their symbol, with --symbols"},
	{"ip.addr == 10.0.0.0/8 && tcp.port == 102", "hosts of a network at the port of S7"},
	{"tcp.analysis.retransmission || tcp.analysis.lost_segment", "what the network has lost"},
	{"tcp.flags.reset == 1", "connections that were broken off"},
	{"tcp.stream == 3", "one connection"},
}

// signs are those that say what colours say.
var signs = []Row{
	{"✖", "fail: the rule was broken"},
	{"!", "a warning, of a rule that weighs less"},
	{"i", "information: a rule that weighs little"},
	{"~", "broken, and excused by a waiver or the baseline"},
	{"?", "inconclusive: the capture cannot decide"},
	{"✓", "pass: put to the test, and it held"},
	{"·", "not exercised: nothing in the capture put it to the test"},
	{"▶", "chosen"},
	{"●", "marked"},
	{"◆", "has findings"},
}
