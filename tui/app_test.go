package tui_test

import (
	"testing"

	"plcscope/internal/uitest"
)

func TestViewsByKeyAndMouse(t *testing.T) {
	x := uitest.Open(t, uitest.Options{File: "mqtt31-plc-faulty.pcap"})
	x.Press("5").Has("Findings")
	x.Press("4").Has("Packets")
	x.Press("q")
	if !x.Left() {
		t.Error("q does not leave")
	}
}
