package write

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/pcaps"
)

// smallDisk has room for so many bytes in all, of which a write takes what fits.
type smallDisk struct {
	realDisk
	left int
}

type smallFile struct {
	file
	disk *smallDisk
	size int
}

func (d *smallDisk) create(name string) (file, error) {
	f, err := d.realDisk.create(name)
	return &smallFile{file: f, disk: d}, err
}

func (d *smallDisk) room(name string) error {
	if d.left < 100_000 {
		return syscall.ENOSPC
	}
	return d.realDisk.room(name)
}

func (f *smallFile) Write(b []byte) (int, error) {
	n, _ := f.file.Write(b[:min(len(b), f.disk.left)])
	f.disk.left -= n
	f.size += n
	if n < len(b) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

func TestDiskFull(t *testing.T) {
	all := crowd(600)
	for _, c := range []struct {
		name   string
		limits Limits
		packed bool
		files  int
	}{
		{name: "one file"},
		{name: "ring", limits: Limits{Packets: 500}, files: 2},
		{name: "ring packed", limits: Limits{Packets: 500}, packed: true, files: 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			var alerts []Alert
			d := &smallDisk{left: 50_000}
			r, err := newRing(Options{Name: filepath.Join(dir, "t.pcapng"), Interfaces: twoInterfaces, Limits: c.limits, Compress: c.packed, Alert: func(a Alert) { alerts = append(alerts, a) }}, d)
			if c.limits.several() { // it looks for room at the beginning
				d.left = 1 << 20
				r, err = newRing(Options{Name: filepath.Join(dir, "t.pcapng"), Interfaces: twoInterfaces, Limits: c.limits, Compress: c.packed, Alert: func(a Alert) { alerts = append(alerts, a) }}, d)
				d.left = 50_000
			}
			if err != nil {
				t.Fatal(err)
			}
			for i := range all {
				if i == 400 {
					d.left = 10 << 20
				}
				r.WriteFrame(&all[i])
			}
			if err := r.Close(); !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("closing returns %v", err)
			}
			if len(alerts) != 2 || !errors.Is(alerts[0].Err, syscall.ENOSPC) || alerts[1].Err != nil || alerts[1].Lost != r.Counts().Lost || alerts[1].Lost < 200 {
				t.Errorf("alerts: %v, counts %+v", alerts, r.Counts())
			}
			var got []pcaps.Frame
			var told bool
			l := names(t, dir)
			slices.Sort(l)
			for _, name := range l {
				f, files := read(t, false, filepath.Join(dir, name))
				for i := range f {
					f[i].Iface %= 2 // a section describes both again
				}
				got = append(got, f...)
				for _, c := range files[0].Comments {
					told = told || strings.Contains(c.Text, "could not be written")
				}
			}
			if !told {
				t.Error("no comment tells of the loss")
			}
			if len(l) != max(c.files, 1) || uint64(len(got)) != r.Counts().Written || len(got)+int(r.Counts().Lost) != len(all) {
				t.Errorf("%d frames in %v, counts %+v", len(got), l, r.Counts())
			}
			whole := 0 // frames before the loss
			for whole < len(got) && got[whole].Time == all[whole].Time {
				whole++
			}
			want := slices.Concat(all[:whole], all[len(all)-(len(got)-whole):])
			if d := same(want, got); d != "" || whole < 30 || whole > 399 || len(got)-whole < 100 {
				t.Errorf("%d frames before the loss, %d behind: %s", whole, len(got)-whole, d)
			}
		})
	}
}

// TestTmpfsFull fills a real file system.
func TestTmpfsFull(t *testing.T) {
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("only root may mount a small disk")
	}
	dir := t.TempDir()
	if err := mountSmall(dir); err != nil {
		t.Skip("no small disk:", err)
	}
	defer unmount(dir)
	all := crowd(20_000) // some ten megabytes
	var alerts []Alert
	r := ring(t, Options{Name: filepath.Join(dir, "t.pcapng"), Limits: Limits{Bytes: 1_000_000}, Alert: func(a Alert) { alerts = append(alerts, a) }})
	for i := range all {
		if i == 15_000 {
			for _, name := range names(t, dir)[:2] {
				os.Remove(filepath.Join(dir, name))
			}
		}
		r.WriteFrame(&all[i])
	}
	if err := r.Close(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("closing returns %v", err)
	}
	c := r.Counts()
	if c.Lost == 0 || c.Written+c.Lost != uint64(len(all)) || len(alerts) < 2 || alerts[1].Err != nil {
		t.Errorf("counts %+v, alerts %v", c, alerts)
	}
	for _, name := range names(t, dir) {
		if got, _ := read(t, false, filepath.Join(dir, name)); len(got) == 0 {
			t.Errorf("%s is empty", name)
		}
	}
}

type kept struct {
	frames   []pcaps.Frame
	comments []string
}

func (k *kept) WriteComment(f *pcaps.Frame, comment string) {
	x := *f
	x.Data = slices.Clone(f.Data)
	k.frames = append(k.frames, x)
	if comment != "" {
		k.comments = append(k.comments, comment)
	}
}

func TestWindow(t *testing.T) {
	all := crowd(1000)
	var k kept
	w := NewWindow(Around{Before: 2e9, After: 3e9}, &k)
	for i := range all {
		switch i {
		case 500:
			w.Trigger(all[499].Time, 480, "the cause")
			w.Trigger(all[499].Time, 501, "what follows")
			w.Trigger(all[499].Time, 501, "and more")
		case 520:
			w.Trigger(all[519].Time, 0, "") // goes on for longer
		}
		b := slices.Clone(all[i].Data)
		f := all[i]
		f.Data = b
		w.WriteFrame(&f)
		clear(b) // it was borrowed
	}
	if d := same(all[479:550], k.frames); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"the cause", "what follows\nand more"}, k.comments); d != "" {
		t.Error(d)
	}
	if w.Crowded() != 0 {
		t.Errorf("%d frames were crowded out", w.Crowded())
	}
}

func TestWindowIsBounded(t *testing.T) {
	all := crowd(2000)
	var k kept
	w := NewWindow(Around{Before: 1e15, Bytes: 400_000}, &k)
	for i := range all {
		w.WriteFrame(&all[i])
		if w.bytes > 400_000 {
			t.Fatalf("%d bytes are held", w.bytes)
		}
	}
	w.Trigger(all[1999].Time, 0, "")
	if n := len(k.frames); n < 300 || n+int(w.Crowded()) != len(all) {
		t.Errorf("%d frames were passed on, %d crowded out", n, w.Crowded())
	}
	if d := same(all[2000-len(k.frames):], k.frames); d != "" {
		t.Error(d)
	}
	f := all[0]
	f.Data = make([]byte, 500_000) // has no room at all
	w = NewWindow(Around{Before: 1e9, Bytes: 400_000}, &k)
	w.WriteFrame(&f)
	if w.Crowded() != 1 || w.bytes != 0 {
		t.Errorf("a frame without room: %d, %d bytes", w.Crowded(), w.bytes)
	}
	w = NewWindow(Around{Before: 1e9}, &k)
	f.Data = all[0].Data
	hold := func() { f.Time += 1e6; w.WriteFrame(&f) }
	for range 10_000 {
		hold()
	}
	if n := testing.AllocsPerRun(10_000, hold); n > 0 {
		t.Errorf("%v allocations per frame", n)
	}
}
