package replay

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"plcscope/pcaps"
	"plcscope/pcaps/live"
	"plcscope/pcaps/samples"
)

// inside marks the process that runs the tests in a network of its own.
const inside = "PLCSCOPE_TEST_NETNS"

// TestMain runs the tests in a network namespace of their own, so that nothing but
// what they send is there, and nothing is left behind.
func TestMain(m *testing.M) {
	if os.Geteuid() != 0 || os.Getenv(inside) != "" {
		os.Exit(m.Run())
	}
	c := exec.Command(os.Args[0], os.Args[1:]...)
	c.Env = append(os.Environ(), inside+"=1")
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	switch err := c.Run().(type) {
	case nil:
		os.Exit(0)
	case *exec.ExitError:
		os.Exit(err.ExitCode())
	default:
		os.Exit(m.Run()) // no namespace to be had: what needs one is skipped
	}
}

func ip(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// What is sent at one end of a cable is captured at the other, byte by byte and in order.
func TestWhatIsSentArrives(t *testing.T) {
	if os.Getenv(inside) == "" {
		t.Skip("needs root, to make a network namespace")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("needs the program ip, of iproute2")
	}
	_ = os.WriteFile("/proc/sys/net/ipv6/conf/default/disable_ipv6", []byte("1"), 0)
	ip(t, "link", "add", "replay0", "type", "veth", "peer", "name", "replay1")
	defer func() { _ = exec.Command("ip", "link", "del", "replay0").Run() }()
	ip(t, "link", "set", "replay0", "up")
	ip(t, "link", "set", "replay1", "up")
	capture, err := live.Open([]string{"replay1"}, live.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer capture.Close()
	s, err := OpenSender("replay0")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()

	var want [][]byte
	var counts Counts
	file, err := samples.Open("mixed-plant.pcapng.zst")
	if err != nil {
		t.Fatal(err)
	}
	src, err := New(file, Options{})
	if err != nil {
		t.Fatal(err)
	}
	send := func(l ...pcaps.Frame) {
		if err := s.Send(l); err != nil {
			t.Fatal(err)
		}
	}
	for {
		var b pcaps.Batch
		if src.Next(&b) != nil {
			break
		}
		for i := range b.Frames {
			f := &b.Frames[i]
			if f.Link != pcaps.LinkEthernet || len(f.Data) < ethernetHeader {
				counts.Strange++
			} else {
				want = append(want, bytes.Clone(f.Data))
				counts.Sent++
				counts.Bytes += uint64(len(f.Data))
			}
		}
		send(b.Frames...)
	}
	long := make([]byte, 5000)
	fine := pcaps.Frame{Link: pcaps.LinkEthernet, Length: 100, Data: long[:100]}
	send( // what is left out keeps nothing else from being sent
		pcaps.Frame{Link: pcaps.LinkEthernet, Length: 5000, Data: long}, fine,
		pcaps.Frame{Link: pcaps.LinkEthernet, Length: 1000, Data: long[:100]}, fine,
		pcaps.Frame{Link: pcaps.LinkRaw, Length: 100, Data: long[:100]}, fine,
		pcaps.Frame{Link: pcaps.LinkEthernet, Length: 5000, Data: long},
	)
	for range 3 {
		want = append(want, fine.Data)
		counts.Sent++
		counts.Bytes += 100
	}
	counts.Long, counts.Cut, counts.Strange = 2, 1, counts.Strange+1
	if diff := cmp.Diff(counts, s.Counts()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	stop := time.AfterFunc(20*time.Second, func() { capture.Close() })
	defer stop.Stop()
	var got [][]byte
	for len(got) < len(want) {
		var b pcaps.Batch
		if err := capture.Next(&b); err != nil {
			t.Fatalf("%d of %d frames have come: %v", len(got), len(want), err)
		}
		for i := range b.Frames {
			got = append(got, bytes.Clone(b.Frames[i].Data))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
		t.Errorf("frames (-sent +captured):\n%.1000s", diff)
	}
	ip(t, "link", "set", "replay0", "down")
	if err := s.Send([]pcaps.Frame{fine}); err == nil {
		t.Error("nobody says that the interface is down")
	}
}

func TestInterfacesThatAreNotThere(t *testing.T) {
	if _, err := OpenSender("nowhere0"); err == nil || !strings.Contains(err.Error(), "no such interface") {
		t.Errorf("the error is %v", err)
	}
	if os.Geteuid() != 0 {
		if _, err := OpenSender("lo"); !errors.Is(err, ErrRights) {
			t.Errorf("without rights, the error is %v", err)
		}
	}
}
