package outlet

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func line(n int) Item { return Item{Line: []byte(strconv.Itoa(n) + "\n")} }

// slow is a sink that delivers one item for each permit.
type slow struct {
	permits chan error
	mu      sync.Mutex
	got     []string
}

func (s *slow) Deliver(items []Item) (int, error) {
	for i, x := range items {
		if err := <-s.permits; err != nil {
			return i, err
		}
		s.mu.Lock()
		s.got = append(s.got, strings.TrimSpace(string(x.Line)))
		s.mu.Unlock()
	}
	return len(items), nil
}

func (s *slow) Close() error { return nil }

// TestNobodyIsWaitedFor fills the queue of a consumer that takes nothing: what comes
// then is dropped at once and counted, and what was in the queue is delivered in order
// when the consumer is back.
func TestNobodyIsWaitedFor(t *testing.T) {
	s := &slow{permits: make(chan error)}
	o := New("slow", s, nil)
	begin := time.Now()
	refused := 0
	for n := range 3 * Room {
		if !o.Offer(line(n)) {
			refused++
		}
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("offering took %s", took)
	}
	if refused < Room || refused > 2*Room {
		t.Errorf("%d of %d were refused", refused, 3*Room)
	}
	close(s.permits)
	if !o.Close(10 * time.Second) {
		t.Fatal("the queue was not emptied")
	}
	sent, dropped := o.Counts()
	if int(dropped) != refused || int(sent) != 3*Room-refused || len(s.got) != int(sent) {
		t.Errorf("sent %d, dropped %d, delivered %d, refused %d", sent, dropped, len(s.got), refused)
	}
	last := -1
	for _, x := range s.got {
		if n, _ := strconv.Atoi(x); n <= last {
			t.Fatalf("%d after %d", n, last)
		} else {
			last = n
		}
	}
	if o.Offer(line(1)) {
		t.Error("a closed outlet took an item")
	}
}

// TestCloseGivesUp closes an outlet whose consumer has gone to sleep.
func TestCloseGivesUp(t *testing.T) {
	s := &slow{permits: make(chan error)}
	o := New("asleep", s, nil)
	for n := range 10 {
		o.Offer(line(n))
	}
	begin := time.Now()
	if o.Close(50 * time.Millisecond) {
		t.Error("it says that everything was delivered")
	}
	if time.Since(begin) > 5*time.Second {
		t.Error("it waited")
	}
	close(s.permits) // let the goroutine end
	<-o.done
}

func TestTrouble(t *testing.T) {
	gone := errors.New("gone")
	s := &slow{permits: make(chan error, 100)}
	var mu sync.Mutex
	var told []string
	o := New("x", s, func(name string, err error) {
		mu.Lock()
		defer mu.Unlock()
		if err == nil {
			told = append(told, name+" works")
		} else {
			told = append(told, name+" "+err.Error())
		}
	})
	settled := func(sum uint64) {
		for range 5000 {
			if sent, dropped := o.Counts(); sent+dropped == sum {
				return
			}
			time.Sleep(time.Millisecond)
		}
		t.Fatal("it was neither delivered nor dropped")
	}
	for n, err := range []error{gone, gone, nil, nil} {
		s.permits <- err
		o.Offer(line(n))
		settled(uint64(n + 1))
	}
	o.Close(time.Second)
	if diff := cmp.Diff([]string{"x gone", "x works"}, told); diff != "" {
		t.Error(diff)
	}
	if sent, dropped := o.Counts(); sent != 2 || dropped != 2 {
		t.Errorf("sent %d, dropped %d", sent, dropped)
	}
}

// TestFileIsRotated renames the file as logrotate does.
func TestFileIsRotated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events")
	f, err := NewFile(path)
	if err != nil {
		t.Fatal(err)
	}
	deliver := func(n int) {
		t.Helper()
		if _, err := f.Deliver([]Item{line(n)}); err != nil {
			t.Fatal(err)
		}
	}
	deliver(1)
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	deliver(2)
	f.Reopen()
	deliver(3)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{path + ".1": "1\n2\n", path: "3\n"} {
		if b, err := os.ReadFile(name); err != nil || string(b) != want {
			t.Errorf("%s holds %q, want %q (%v)", name, b, want, err)
		}
	}
}

// narrow is a disk that takes only so many bytes.
type narrow struct {
	room int
	b    strings.Builder
}

func (w *narrow) Write(p []byte) (int, error) {
	if len(p) <= w.room {
		w.room -= len(p)
		return w.b.Write(p)
	}
	n, _ := w.b.Write(p[:w.room])
	w.room = 0
	return n, errors.New("no space left")
}

// TestFullDisk cuts a line in two: the next line after it stands on its own.
func TestFullDisk(t *testing.T) {
	w := &narrow{room: 7}
	s := &Stream{W: w}
	items := []Item{{Line: []byte("one\n")}, {Line: []byte("second\n")}, {Line: []byte("third\n")}}
	if n, err := s.Deliver(items); n != 1 || err == nil {
		t.Errorf("%d were delivered, %v", n, err)
	}
	w.room = 100
	if n, err := s.Deliver(items[2:]); n != 1 || err != nil {
		t.Errorf("%d were delivered, %v", n, err)
	}
	if got := w.b.String(); got != "one\nsec\nthird\n" {
		t.Errorf("%q", got)
	}
}
