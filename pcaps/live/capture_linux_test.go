package live

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/google/go-cmp/cmp"

	"plcscope/pcaps"
)

func TestFramesArriveAsTheyWereSent(t *testing.T) {
	pair(t, "va", "vb")
	c := open(t, Options{Promiscuous: true}, "vb")
	s := newSender(t, "va")
	var want [][]byte
	for i := range 3000 {
		n := []int{60, 61, 63, 64, 999, 1514, 9014}[i%7]
		var f []byte
		switch i % 5 {
		case 1:
			f = frame(i, n, [2]uint16{0x8100, 0x6005})
		case 2:
			f = frame(i, n, [2]uint16{0x88a8, 7}, [2]uint16{0x8100, 0x1fff})
		default:
			f = frame(i, n)
		}
		f = f[:min(len(f), 9014)]
		want = append(want, f)
		s.send(t, f)
		arrived(t, c, i+1)
	}
	got := take(t, c, len(want))
	if len(got) != len(want) {
		t.Fatalf("%d frames, sent %d", len(got), len(want))
	}
	last := int64(0)
	for i, f := range got {
		if !bytes.Equal(want[i], f.Data) {
			t.Fatalf("frame %d (-sent +captured):\n%s", i, cmp.Diff(want[i], f.Data))
		}
		if f.Number != uint64(i+1) || f.Length != uint32(len(want[i])) || f.Link != pcaps.LinkEthernet || f.Iface != 0 || f.Time < last {
			t.Fatalf("frame %d: %+v", i, f)
		}
		last = f.Time
	}
	if age := time.Since(time.Unix(0, last)); age < 0 || age > 10*time.Second {
		t.Errorf("the last frame is %v old", age)
	}
	if diff := cmp.Diff([]Stats{{Received: uint64(len(want))}}, c.Stats()); diff != "" {
		t.Error(diff)
	}
}

func TestQuietLineIsShownAtOnce(t *testing.T) {
	pair(t, "va", "vb")
	pair(t, "vc", "vd")
	for _, names := range [][]string{{"vb"}, {"vb", "vd"}, {Any}} {
		c := open(t, Options{}, names...)
		s := newSender(t, "va")
		start := time.Now()
		s.send(t, frame(1, 60))
		take(t, c, 1)
		if d := time.Since(start); d > 300*time.Millisecond {
			t.Errorf("%v: the frame took %v", names, d)
		}
		c.Close()
	}
}

func TestInterfacesAreMergedByTime(t *testing.T) {
	pair(t, "va", "vb")
	pair(t, "vc", "vd")
	for _, rings := range []int{1, manyRings} {
		c := open(t, Options{Rings: rings}, "vb", "vd")
		a, b := newSender(t, "va"), newSender(t, "vc")
		const n = 600
		for i := range n {
			s := a
			if i%3 == 1 || i > 500 {
				s = b
			}
			s.send(t, frame(i, 60+i))
			arrived(t, c, i+1)
			if i%50 == 0 {
				time.Sleep(3 * time.Millisecond)
			}
		}
		for i, f := range take(t, c, n) {
			iface := uint32(0)
			if i%3 == 1 || i > 500 {
				iface = 1
			}
			if !bytes.Equal(f.Data, frame(i, 60+i)) || f.Iface != iface || f.Number != uint64(i+1) {
				t.Fatalf("%d rings: frame %d is %+v", rings, i, f)
			}
		}
		if diff := cmp.Diff([]Stats{{Received: 334}, {Received: 266}}, c.Stats()); diff != "" {
			t.Errorf("%d rings: %s", rings, diff)
		}
		c.Close()
	}
}

func TestSnapLengthCutsFrames(t *testing.T) {
	pair(t, "va", "vb")
	c := open(t, Options{SnapLen: 70}, "vb")
	s := newSender(t, "va")
	plain, tagged := frame(1, 500), frame(2, 500, [2]uint16{0x8100, 3})
	s.send(t, plain)
	s.send(t, tagged)
	got := take(t, c, 2)
	for i, whole := range [][]byte{plain, tagged} {
		if !bytes.Equal(got[i].Data, whole[:70]) || got[i].Length != 500 {
			t.Errorf("frame %d: %d bytes of %d", i, len(got[i].Data), got[i].Length)
		}
	}
}

func TestDropsAreCounted(t *testing.T) {
	pair(t, "va", "vb")
	c := open(t, Options{Buffer: 1 << 20}, "vb")
	s := newSender(t, "va")
	const n = 4000
	for i := range n {
		s.send(t, frame(i, 1514))
		arrived(t, c, i+1)
	}
	time.Sleep(100 * time.Millisecond)
	st := c.Stats()[0]
	if st.Received != n || st.Dropped == 0 || (st.Freezes != 0) != countsFreezes {
		t.Fatalf("%+v of %d frames into a megabyte", st, n)
	}
	got := take(t, c, n-int(st.Dropped))
	last := -1
	for i, f := range got {
		// A ring stays closed while nobody reads; the goroutine that reads for libpcap
		// opens it now and then.
		number := int(binary.BigEndian.Uint32(f.Data[14:]))
		if number <= last || (countsFreezes && number != i) || !bytes.Equal(f.Data, frame(number, 1514)) {
			t.Fatalf("frame %d is not what was sent", i)
		}
		last = number
	}
	s.send(t, frame(n, 1514)) // the ring has thawed
	if f := take(t, c, 1)[0]; !bytes.Equal(f.Data, frame(n, 1514)) {
		t.Error("what follows drops is not what was sent")
	}
	if again := c.Stats()[0]; again.Dropped != st.Dropped || again.Received != n+1 {
		t.Errorf("counters went from %+v to %+v", st, again)
	}
	if i := c.Interfaces()[0]; i.OSDrop != st.Dropped || i.Received != n+1 || i.Name != "vb" {
		t.Errorf("%+v", i)
	}
}

func TestInterfaceGoesDownAndComesBack(t *testing.T) {
	pair(t, "va", "vb")
	c := open(t, Options{}, "vb")
	got := make(chan pcaps.Frame, 1000)
	go func() {
		defer close(got)
		var b pcaps.Batch
		for c.Next(&b) == nil {
			for _, f := range b.Frames {
				f.Data = bytes.Clone(f.Data)
				got <- f
			}
		}
	}()
	last := uint64(0)
	// arrives sends a frame until it comes: an interface takes its time to come up.
	arrives := func(s sender, i int) {
		t.Helper()
		for range 200 {
			s.send(t, frame(i, 60))
			select {
			case f := <-got:
				if f.Number != last+1 {
					t.Fatalf("frame %d follows frame %d", f.Number, last)
				}
				if last = f.Number; bytes.Equal(f.Data, frame(i, 60)) {
					return
				}
			case <-time.After(100 * time.Millisecond):
			}
		}
		t.Fatalf("frame %d does not arrive", i)
	}
	s := newSender(t, "va")
	arrives(s, 1)
	ip(t, "link", "set", "vb", "down")
	time.Sleep(50 * time.Millisecond)
	ip(t, "link", "set", "vb", "up")
	arrives(s, 2)
	ip(t, "link", "del", "va") // and this one is made anew
	time.Sleep(50 * time.Millisecond)
	pair(t, "va", "vb")
	arrives(newSender(t, "va"), 3)
	if st := c.Stats()[0]; st.Downs < 1 || st.Received < 3 {
		t.Errorf("%+v", st)
	}
}

func TestLoopbackIsShownOnce(t *testing.T) {
	needNetwork(t)
	ip(t, "link", "set", "lo", "up")
	for _, name := range []string{"lo", Any} {
		c := open(t, Options{}, name)
		from, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		to := &unix.SockaddrInet4{Port: 9, Addr: [4]byte{127, 0, 0, 1}}
		for range 5 {
			if err := unix.Sendto(from, []byte("MQTT"), 0, to); err != nil && err != unix.ECONNREFUSED {
				t.Fatal(err)
			}
		}
		unix.Close(from)
		time.Sleep(50 * time.Millisecond)
		udp := 0 // to port 9; the refusals of ICMP hold the same bytes
		var b pcaps.Batch
		if err := c.Next(&b); err != nil {
			t.Fatal(err)
		}
		for _, f := range b.Frames {
			if bytes.HasSuffix(f.Data, []byte("MQTT")) && len(f.Data) <= 48 {
				udp++
			}
			if want := map[string]pcaps.LinkType{"lo": pcaps.LinkEthernet, Any: pcaps.LinkLinuxSLL}[name]; f.Link != want {
				t.Errorf("%s: %v", name, f.Link)
			}
		}
		if udp != 5 {
			t.Errorf("%s: %d datagrams, 5 were sent", name, udp)
		}
		c.Close()
	}
}

func TestCloseEndsNext(t *testing.T) {
	pair(t, "va", "vb")
	before, routines := descriptors(t), runtime.NumGoroutine()
	for range 20 {
		c, err := Open([]string{"vb", "va"}, Options{Rings: min(2, manyRings), Buffer: 2 << 20})
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error)
		go func() {
			var b pcaps.Batch
			ended <- c.Next(&b)
		}()
		time.Sleep(time.Millisecond)
		c.Close()
		if err := <-ended; err != io.EOF {
			t.Fatal(err)
		}
		if err := c.Close(); err != nil || len(c.Stats()) != 2 {
			t.Errorf("closed twice: %v", err)
		}
	}
	if n := descriptors(t); n != before {
		t.Errorf("%d descriptors, %d before", n, before)
	}
	for range 50 {
		if runtime.NumGoroutine() <= routines {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), routines)
}

func descriptors(t *testing.T) int {
	t.Helper()
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

func TestNextAllocatesNothing(t *testing.T) {
	pair(t, "va", "vb")
	c := open(t, Options{}, "vb")
	s := newSender(t, "va")
	f := frame(1, 200, [2]uint16{0x8100, 9})
	var b pcaps.Batch
	n := testing.AllocsPerRun(50, func() {
		s.send(t, f)
		if err := c.Next(&b); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations for each batch", n)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	for name, test := range map[string]struct {
		names []string
		opt   Options
		want  string
	}{
		"none":    {want: "no interface is named"},
		"snap":    {[]string{"lo"}, Options{SnapLen: 1 << 20}, "snap length 1048576: from 1 to 262144 bytes can be kept"},
		"buffer":  {[]string{"lo"}, Options{Buffer: -1}, "buffer of -1 bytes: up to 4294967296 can be had"},
		"unknown": {[]string{"nic77"}, Options{}, "nic77: no such interface"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Open(test.names, test.opt)
			if err == nil || err.Error() != test.want {
				t.Errorf("%v, want %s", err, test.want)
			}
		})
	}
	if err := rights(unix.EPERM); !errors.Is(err, ErrRights) || !bytes.Contains([]byte(err.Error()), []byte("setcap cap_net_raw+ep /")) {
		t.Errorf("%v", err)
	}
}
