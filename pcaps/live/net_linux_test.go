package live

import (
	"bytes"
	"encoding/binary"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"plcscope/pcaps"
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

// pair makes two interfaces that are joined by a cable, both up.
func pair(t testing.TB, a, b string) {
	t.Helper()
	needNetwork(t)
	_ = os.WriteFile("/proc/sys/net/ipv6/conf/default/disable_ipv6", []byte("1"), 0)
	ip(t, "link", "add", "name", a, "mtu", "9000", "type", "veth", "peer", "name", b, "mtu", "9000")
	t.Cleanup(func() { _ = exec.Command("ip", "link", "del", a).Run() })
	ip(t, "link", "set", a, "up")
	ip(t, "link", "set", b, "up")
}

func needNetwork(t testing.TB) {
	t.Helper()
	if os.Getenv(inside) == "" {
		t.Skip("needs root, to make a network namespace")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("needs the program ip, of iproute2")
	}
}

func ip(t testing.TB, args ...string) {
	t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// sender puts frames on an interface as they are.
type sender int

func newSender(t testing.TB, name string) sender {
	t.Helper()
	to, err := net.InterfaceByName(name)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: to.Index}); err != nil {
		t.Fatal(err)
	}
	return sender(fd)
}

func (s sender) send(t testing.TB, b []byte) {
	t.Helper()
	if _, err := unix.Write(int(s), b); err != nil {
		t.Fatal(err)
	}
}

// arrived waits now and then until n frames have reached the rings: more than a
// thousand on their way are lost between the interfaces, where nobody counts.
func arrived(t testing.TB, c *Capture, n int) {
	t.Helper()
	if n%200 != 0 {
		return
	}
	for range 5000 {
		sum := uint64(0)
		for _, s := range c.Stats() {
			sum += s.Received
		}
		if sum >= uint64(n) {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("%d frames were sent and have not arrived", n)
}

// frame makes a broadcast frame of n bytes with a number in it; tags come
// before the type of IPv4, outermost first.
func frame(number, n int, tags ...[2]uint16) []byte {
	b := bytes.Repeat([]byte{0xff}, 6)
	b = append(b, 2, 0, 0, 0, 0, 1)
	for _, tag := range tags {
		b = binary.BigEndian.AppendUint16(b, tag[0])
		b = binary.BigEndian.AppendUint16(b, tag[1])
	}
	b = append(b, 0x08, 0)
	b = binary.BigEndian.AppendUint32(b, uint32(number))
	for len(b) < n {
		b = append(b, byte(len(b)*7+number))
	}
	return b
}

func open(t testing.TB, opt Options, names ...string) *Capture {
	t.Helper()
	c, err := Open(names, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// take reads n frames, with their bytes copied, and fails when they do not come.
func take(t testing.TB, c *Capture, n int) []pcaps.Frame {
	t.Helper()
	late := time.AfterFunc(5*time.Second, func() { c.Close() })
	defer late.Stop()
	var all []pcaps.Frame
	var b pcaps.Batch
	for len(all) < n {
		if err := c.Next(&b); err != nil {
			t.Fatalf("after %d of %d frames: %v", len(all), n, err)
		}
		for _, f := range b.Frames {
			f.Data = bytes.Clone(f.Data)
			all = append(all, f)
		}
	}
	return all
}
