package siterules

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/flows"
	"plcscope/internal/talk"
	"plcscope/s7comm"
)

// functionOf classifies what a TPKT holds.
func functionOf(t *testing.T, b []byte) Function {
	t.Helper()
	var p s7comm.PDU
	if err := p.Decode(b, nil); err != nil {
		t.Fatal(err)
	}
	return FunctionOf(&p)
}

func TestJobs(t *testing.T) {
	want := map[s7comm.Function]Function{
		s7comm.FunctionCPU: Other, s7comm.FunctionModeTransition: Other, s7comm.FunctionRead: Read, s7comm.FunctionWrite: Write,
		s7comm.FunctionRequestDownload: Download, s7comm.FunctionDownloadBlock: Download, s7comm.FunctionDownloadEnded: Download,
		s7comm.FunctionStartUpload: Upload, s7comm.FunctionUpload: Upload, s7comm.FunctionEndUpload: Upload,
		s7comm.FunctionPI: Other, s7comm.FunctionStop: Stop, s7comm.FunctionSetup: "", 0x30: Other,
	}
	for f, w := range want {
		if got := functionOf(t, job(1, f, func(p *s7comm.PDU) { p.Items = nil })); got != w {
			t.Errorf("%v: %q, want %q", f, got, w)
		}
	}
}

func TestProgramInvocations(t *testing.T) {
	for service, want := range map[string]Function{
		"P_PROGRAM": Start, "_INSE": Download, "_INS2": Download, "_DELE": Download, "_MODU": Download, "_GARB": Download,
		"_N_LOGIN_": Password, "_N_LOGOUT": Password, "_N_NEWPWD": Password,
		"_N_F_DELE": Download, "_N_F_XFER": Download, "_N_F_COPY": Download, "_N_F_RENA": Download, "_N_F_PROT": Download, "_N_F_OPEN": Download,
		"_N_F_OPER": Other, "_N_F_SEEK": Other, "_N_F_CLOS": Other,
		"_N_SELECT": Other, "_N_TMMVTL": Other, "_N_NCKMOD": Other, "": Other, "X": Other,
	} {
		p := job(1, s7comm.FunctionPI, func(p *s7comm.PDU) { p.PI.Service = []byte(service) })
		if got := functionOf(t, p); got != want {
			t.Errorf("%q: %q, want %q", service, got, want)
		}
	}
}

// TestUserdata names the function of every subfunction that is known, and of one that
// is not (0xEE) in each group.
func TestUserdata(t *testing.T) {
	want := map[s7comm.Group]map[Function][]uint8{
		s7comm.GroupMode: {Other: {0x00, 0x02, 0xEE}},
		s7comm.GroupProgrammer: {
			Read: {0x02}, Info: {0x01, 0x03, 0x04, 0x05, 0x06, 0x10, 0x11, 0x13},
			Force: {0x07, 0x08, 0x09, 0x0A, 0xEE}, Start: {0x0B}, Download: {0x0C},
			Other: {0x0D, 0x0E, 0x0F, 0x12, 0x16}, // of what is enabled, disabled and so on, nothing is said
		},
		s7comm.GroupCyclic: {Cyclic: {0x01, 0x04, 0x05, 0x07, 0xEE}, Read: {0x08}},
		s7comm.GroupBlock:  {Info: {0x01, 0x02, 0x03, 0xEE}},
		s7comm.GroupCPU: {
			Info:    {0x01},
			Message: {0x02, 0x03, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0B, 0x0C, 0x0D, 0x0E, 0x10, 0x11, 0x12, 0x13, 0x16, 0xEE},
		},
		s7comm.GroupSecurity: {Password: {0x01, 0x02, 0xEE}},
		s7comm.GroupPBC:      {BSend: {0x01, 0xEE}},
		s7comm.GroupTime:     {Info: {0x01, 0x03}, SetTime: {0x02, 0x04, 0xEE}},
		s7comm.GroupRouting:  {Other: {0x01, 0x02, 0x03, 0xEE}},
		s7comm.GroupNC:       {Download: {0x01, 0x02, 0x03, 0x04}, Upload: {0x06, 0x07, 0x08, 0xEE}},
	}
	named := 0
	for g, functions := range want {
		for f, subs := range functions {
			for _, sub := range subs {
				if got := functionOf(t, ask(1, g, sub)); got != f {
					t.Errorf("%v, %s: %q, want %q", g, s7comm.SubfunctionName(g, sub), got, f)
				}
				if s7comm.SubfunctionName(g, sub) != fmt.Sprintf("subfunction 0x%02x", sub) {
					named++
				}
			}
		}
	}
	all := 0
	for g := range 0x40 {
		for sub := range 0x100 {
			if s7comm.SubfunctionName(s7comm.Group(g), uint8(sub)) != fmt.Sprintf("subfunction 0x%02x", sub) {
				all++
			}
		}
	}
	if named != all || all == 0 {
		t.Errorf("%d subfunctions have a name, %d of them are in the table", all, named)
	}
	for _, k := range []s7comm.UserdataType{s7comm.UserdataPush, s7comm.UserdataResponse} {
		b := s7comm.AppendUserdata(nil, 1, s7comm.Userdata{Type: k, Group: s7comm.GroupTime, Subfunction: 2})
		if got := functionOf(t, b); got != "" {
			t.Errorf("%v is taken for a request: %q", k, got)
		}
	}
}

// TestTestJobs: what a command does to a test job counts as what the job does.
func TestTestJobs(t *testing.T) {
	for _, tt := range []struct {
		sub  uint8
		data []byte
		want Function
	}{
		{enableJob, []byte{0x13, 1}, Info}, {enableJob, []byte{0x02, 1}, Read}, {enableJob, []byte{0x08, 1}, Force}, {disableJob, []byte{0x09, 1}, Force},
		{deleteJob, []byte{0, 0, 0x13, 1}, Info}, {replaceJob, []byte{0, 0, 0x08, 1}, Force}, {deleteJob, []byte{0, 0}, Other},
		{enableJob, []byte{0x0E, 1}, Other}, {enableJob, nil, Other},
	} {
		payload := append([]byte{0, 2, 0, byte(len(tt.data)), 0xAA, 0xAA}, tt.data...)
		b := s7comm.AppendUserdata(nil, 1, s7comm.Userdata{Type: s7comm.UserdataRequest, Group: s7comm.GroupProgrammer, Subfunction: tt.sub, HasData: true, ReturnCode: s7comm.ReturnSuccess, TransportSize: s7comm.DataOctets, Payload: payload})
		if got := functionOf(t, b); got != tt.want {
			t.Errorf("%s with % x: %q, want %q", s7comm.SubfunctionName(s7comm.GroupProgrammer, tt.sub), tt.data, got, tt.want)
		}
	}
}

// tally counts what clients ask for.
type tally struct {
	flows.Ignore
	of map[Function]int
}

func (x *tally) Message(m *flows.Message) {
	if m.Conn.Proto == flows.ISO && m.FromClient && m.Err == nil {
		if f := FunctionOf(m.PDU); f != "" {
			x.of[f]++
		}
	}
}

// TestRealFunctions counts the requests in captures of real controllers. The numbers
// are those of tshark.
func TestRealFunctions(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "pcaps", "s7")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("../shared/pcaps/s7 is absent")
	}
	for name, want := range map[string]map[Function]int{
		"icsnpp_s7comm_plus.pcap":                    {Read: 8, Write: 8},
		"plc4x_manual.pcapng":                        {Info: 1, Read: 119},
		"s7comm_downloading_block_db1.pcap":          {Download: 2, Info: 15},
		"s7comm_program_blocklist_onlineview.pcap":   {Info: 30},
		"s7comm_reading_plc_status.pcap":             {Info: 69, Message: 2},
		"s7comm_reading_setting_plc_time.pcap":       {Info: 11, SetTime: 1},
		"s7comm_varservice_libnodavedemo.pcap":       {Read: 3, Write: 4},
		"s7comm_varservice_libnodavedemo_bench.pcap": {Read: 3000, Write: 2002},
		"snap7_s300_everything.pcapng":               {Download: 2, Info: 9, Read: 2, SetTime: 1, Start: 1, Stop: 1, Upload: 13, Write: 2},
		"step7_s300_AuthPassword.pcapng":             {Info: 2, Password: 1},
		"step7_s300_download.pcapng":                 {Download: 2, Info: 41, Message: 2},
		"step7_s300_readDiagData.pcapng":             {Info: 137, Message: 3}, // a block is watched
		"step7_s300_rwVarTab.pcapng":                 {Force: 5, Read: 1},
		"tia_s300_downloadOb1.pcapng":                {Download: 2, Info: 48},
		"wincc_s300_setup-alarm-read-write.pcapng":   {Info: 1, Message: 6, Read: 38, Write: 36},
	} {
		x := &tally{of: map[Function]int{}}
		talk.Run(talk.Frames(t, filepath.Join(dir, name)), x)
		if d := cmp.Diff(want, x.of); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}
