package findings_test

import (
	"testing"

	"plcscope/internal/uitest"
	"plcscope/tui/pane"
)

func open(t *testing.T, width, height int) *uitest.Terminal {
	return uitest.Open(t, uitest.Options{File: "mqtt31-plc-faulty.pcap", Width: width, Height: height, View: pane.Findings})
}

func TestScreens(t *testing.T) {
	open(t, 80, 24).Golden("80x24")
	open(t, 160, 48).Press("down", "down", "right", "down").Golden("case-160x48")
	uitest.Open(t, uitest.Options{File: "mqtt31-plc-healthy.pcap", View: pane.Findings}).Golden("healthy-80x24")
}

func TestFolding(t *testing.T) {
	x := open(t, 80, 24)
	x.Has("m31-clientid-length")
	x.Press("left").HasNot("m31-clientid-length")
	x.Press("right", "down").Has("m31-clientid-length")
	x.Press("right").Has("has 0 characters; MQTT 3.1 allows 1 to 23")
	x.Press("down", "left", "left", "left", "home", "left").HasNot("mqtt-connect-first")
}

func TestWhichFindings(t *testing.T) {
	x := open(t, 80, 60)
	x.Has("plc-reconnect-storm", "mqtt-will-qos-not-3")
	x.Press("v").Has("warnings and errors").Press("4").HasNot("plc-reconnect-storm").Has("mqtt-will-qos-not-3")
}

func TestNextFindingLeadsToItsFrame(t *testing.T) {
	x := open(t, 160, 48)
	x.Press("!", "!").Has("✖ error  mqtt-connect-first")
	x.Press("k").Has("268")
	x.Press("esc").Has("✖ error  mqtt-connect-first")
}

func TestAllRules(t *testing.T) {
	open(t, 160, 48).Press("a").Has("not exercised", "✓ pass", "mqtt-protocol-name").Press("esc").Has("enter ladder")
}

func TestSearch(t *testing.T) {
	open(t, 160, 48).Press("/", "reconnect-storm", "enter").Has("! warning  plc-reconnect-storm")
}

func TestPrivacyHidesAddressesAndBytes(t *testing.T) {
	x := open(t, 160, 48).Press("P", "!")
	x.HasNot("192.168.10.", "PINGREQ c0")
	x.Has("host-1")
}

func TestExplanationFillsTheScreen(t *testing.T) {
	x := open(t, 80, 24).Press("!", "z").HasNot("▾").Has("What to do")
	x.Press("z").Has("▾")
}
