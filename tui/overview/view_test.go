package overview_test

import (
	"testing"

	"plcscope/internal/uitest"
)

func open(t *testing.T, file string, width, height int) *uitest.Terminal {
	return uitest.Open(t, uitest.Options{File: file, Width: width, Height: height})
}

func TestScreens(t *testing.T) {
	open(t, "mqtt31-plc-faulty.pcap", 80, 24).Golden("faulty-80x24")
	open(t, "mqtt31-plc-faulty.pcap", 160, 48).Golden("faulty-160x48")
	open(t, "mqtt31-plc-healthy.pcap", 80, 24).Has("nothing")
	open(t, "s7-poll.pcapng", 160, 48).Golden("s7-160x48").Press("enter").Golden("host-160x48")
}

func TestAlertsLeadToWhereTheyCanBeSeen(t *testing.T) {
	x := open(t, "mqtt31-plc-faulty.pcap", 160, 48)
	x.Press("tab", "down", "down", "enter").Has("▾ client at 192.168.10.17", "m31-clientid-length")
	x.Press("esc").Has("what needs attention")
}

func TestFindingsOfAHost(t *testing.T) {
	open(t, "mqtt31-plc-faulty.pcap", 160, 48).Press("down", "v").Has(`client "oven3" at 192.168.10.23`, "held")
}

func TestSearch(t *testing.T) {
	open(t, "mqtt31-plc-faulty.pcap", 160, 48).Press("/", "oven3", "enter", "enter").Has("MQTT client       oven3 at 192.168.10.2:1883")
}

func TestPrivacy(t *testing.T) {
	open(t, "s7-poll.pcapng", 160, 48).Press("P").HasNot("192.168.", "10.0.0.").Press("enter").HasNot("192.168.", "10.0.0.", "hardware address")
}

func TestNarrowAndWideAndBack(t *testing.T) {
	x := open(t, "mqtt31-plc-faulty.pcap", 80, 24)
	x.Press("tab").Resize(160, 48)
	x.Has("│✖ 3 messages of QoS 1 or 2 lost").Press("down", "down", "down").Resize(80, 24)
	x.Has("mqtt-qos1-puback")
}
