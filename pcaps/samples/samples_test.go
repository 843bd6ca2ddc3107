package samples

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"plcscope/pcaps"
)

// all reads a sample and writes what was read as a file that tshark knows.
func all(t *testing.T, name string) (frames int, file string) {
	t.Helper()
	c, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "sample.pcapng")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := pcaps.NewNGWriter(f)
	var b pcaps.Batch
	for {
		if err := c.Next(&b); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		for i := range b.Frames {
			frames++
			if err := w.WriteFrame(&b.Frames[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if p := c.Problems(); len(p) > 0 {
		t.Errorf("%s has problems: %v", name, p)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return frames, file
}

func TestSamplesAreRead(t *testing.T) {
	want := []string{"mixed-plant.pcapng.zst", "mqtt31-plc-faulty.pcap", "mqtt31-plc-healthy.pcap", "s7-poll.pcapng"}
	if got := Names(); !slices.Equal(got, want) {
		t.Errorf("samples %q, want %q", got, want)
	}
	for _, name := range Names() {
		if frames, _ := all(t, name); frames < 50 {
			t.Errorf("%s has %d frames", name, frames)
		}
	}
	if _, err := Open("none"); err == nil || !strings.Contains(err.Error(), `no sample is named "none"`) {
		t.Errorf("a sample that is not there: %v", err)
	}
}

func TestNotes(t *testing.T) {
	const name = "mqtt31-plc-faulty.pcap"
	frames, _ := all(t, name)
	notes := Notes(name)
	seen := map[string]bool{}
	last := uint64(1)
	for _, n := range notes {
		if n.Frame < last || n.Frame > uint64(frames) || n.Text == "" {
			t.Errorf("note %+v of a capture of %d frames, behind frame %d", n, frames, last)
		}
		last = n.Frame
		seen[n.Deviation] = true
	}
	for _, d := range strings.Fields("D1 D2 D3 D4 D5 D6 D7 D8 D9 D10 D12 D13 D14 D15 D16 D17 D18 D19 D20 D21 D23 D24") {
		if !seen[d] {
			t.Errorf("no frame shows deviation %s", d)
		}
	}
	if n := Notes("mqtt31-plc-healthy.pcap"); len(n) > 0 {
		t.Errorf("the healthy PLC has notes: %v", n)
	}
}

// TestTsharkDecodesSamples counts what tshark makes of the samples.
func TestTsharkDecodesSamples(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	if testing.Short() {
		t.Skip("tshark takes its time")
	}
	const some = -1 // any number but 0
	for _, sample := range []struct {
		name    string
		filters []string
		want    []int
	}{
		{"mqtt31-plc-healthy.pcap", []string{
			"tcp.checksum.status==0 || ip.checksum.status==0 || tcp.analysis.flags || _ws.malformed",
			`mqtt.msgtype==1 && mqtt.protoname=="MQIsdp" && mqtt.conflag.willflag==1`,
			"mqtt.msgtype==14",
			"mqtt.msgtype==3 && mqtt.qos==2",
			"mqtt.msgtype==3 && tcp.segments",
		}, []int{0, 2, 2, 2, 5}},
		{"mqtt31-plc-faulty.pcap", []string{
			"tcp.checksum.status==0 || ip.checksum.status==0 || tcp.analysis.flags",
			"mqtt.msgtype==1 && mqtt.conflags==0",
			"mqtt.msgtype==1 && mqtt.conflag.qos==3",
			"mqtt.msgid==0",
			"mqtt.qos==3",
			"mqtt.suback.qos==128",
			"_ws.malformed",
		}, []int{0, 1, 1, 2, 1, 1, 1}},
		{"s7-poll.pcapng", []string{
			"tcp.checksum.status==0 || ip.checksum.status==0 || tcp.analysis.flags || _ws.malformed",
			"s7comm.param.func==4 && s7comm.header.rosctr==3",
			"s7comm.data.returncode==10",
			"s7comm.data.userdata.szl_id==0x0111",
		}, []int{0, 14, 1, 2}},
		{"mixed-plant.pcapng.zst", []string{
			"tcp.checksum.status==0 || ip.checksum.status==0",
			"mqtt && _ws.malformed",
			"mqtt && ipv6 && vlan",
			"s7comm",
			"frame.interface_id==1",
		}, []int{0, 0, some, some, some}},
	} {
		t.Run(sample.name, func(t *testing.T) {
			t.Parallel()
			_, file := all(t, sample.name)
			out, err := exec.Command(tshark, "-n", "-q", "-r", file, "-z", "io,stat,0,"+strings.Join(sample.filters, ","),
				"-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-o", "tcp.reassemble_out_of_order:TRUE").Output()
			if err != nil {
				t.Fatal(err)
			}
			_, row, _ := strings.Cut(string(out), "<>")
			columns := strings.Split(row, "|")
			for i, want := range sample.want {
				if 2*i+1 >= len(columns) {
					t.Fatalf("tshark counts nothing:\n%s", out)
				}
				got, err := strconv.Atoi(strings.TrimSpace(columns[2*i+1]))
				if err != nil || got != want && (want != some || got == 0) {
					t.Errorf("%d frames match %q, want %d", got, sample.filters[i], want)
				}
			}
		})
	}
}
