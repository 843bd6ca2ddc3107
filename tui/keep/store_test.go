package keep

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRoundTrip(t *testing.T) {
	s := Store{filepath.Join(t.TempDir(), "a", "b")}
	if c, err := s.Capture("k"); c != nil || err != nil {
		t.Fatal(c, err)
	}
	want := &Capture{
		Name: "a.pcap", View: "Packets", Frame: 7, Filter: "mqtt", Clock: "utc", Reference: 5, Private: true,
		Marks: []uint32{1, 9}, Notes: map[uint32]string{9: "here"}, Sessions: []uint32{2}, Views: map[string]map[string]string{"Packets": {"columns": "a,b"}},
	}
	if err := s.SetCapture("k", want); err != nil {
		t.Fatal(err)
	}
	got, err := s.Capture("k")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	all := &Common{Theme: "light", Filters: []string{"a"}, Commands: []string{"b"}, Searches: []string{"c"}}
	if err := s.SetCommon(all); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Common(); err != nil || !cmp.Equal(got, all) {
		t.Error(got, err)
	}
	if st, _ := os.Stat(s.path("k")); st.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v", st.Mode())
	}
	if l, _ := filepath.Glob(filepath.Join(s.Dir, ".*")); len(l) > 0 {
		t.Errorf("left behind: %v", l)
	}
}

func TestDamagedFilesAreNotUsed(t *testing.T) {
	s := Store{t.TempDir()}
	for name, text := range map[string]string{
		"empty": "", "half": `{"version":1,"filter":"mq`, "other": `{"version":9}`, "types": `{"version":1,"marks":"x"}`,
		"long": `{"version":1,"filter":"` + strings.Repeat("a", maxBytes) + `"}`, "array": "[]",
	} {
		if err := os.WriteFile(s.path(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if c, err := s.Capture(name); c != nil || err == nil {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
}

func TestOnlySoManyAreKept(t *testing.T) {
	s := Store{t.TempDir()}
	if err := s.SetCommon(&Common{}); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Hour)
	for i := range MaxFiles + 20 {
		name := s.path(fmt.Sprintf("old%03d", i))
		if err := os.WriteFile(name, []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, old, old.Add(time.Duration(i)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SetCapture("new", &Capture{}); err != nil {
		t.Fatal(err)
	}
	l, _ := filepath.Glob(filepath.Join(s.Dir, "*.json"))
	if len(l) != MaxFiles+1 {
		t.Errorf("%d files", len(l))
	}
	for name, want := range map[string]bool{"new": true, common: true, "old020": false, "old021": true, "old219": true} {
		if _, err := os.Stat(s.path(name)); (err == nil) != want {
			t.Errorf("%s is kept: %t", name, !want)
		}
	}
}

func TestKey(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	write := func(name, text string) string {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		k, ok := Key([]string{name})
		if !ok {
			t.Fatal(name)
		}
		return k
	}
	first := write(a, "one")
	if again := write(a, "one"); again != first {
		t.Error("the same file has two keys")
	}
	for what, k := range map[string]string{"path": write(b, "one"), "size": write(a, "one1"), "bytes": write(a, "two")} {
		if k == first {
			t.Errorf("another %s has the same key", what)
		}
	}
	for _, l := range [][]string{nil, {"-"}, {dir}, {os.DevNull}, {a, filepath.Join(dir, "none")}} {
		if _, ok := Key(l); ok {
			t.Errorf("%v has a key", l)
		}
	}
}

func TestFolder(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", "/x")
	if dir, err := Folder(); dir != "/x/plcscope" || err != nil {
		t.Error(dir, err)
	}
	t.Setenv("XDG_STATE_HOME", "relative")
	t.Setenv("HOME", "/home/u")
	if dir, err := Folder(); !strings.HasPrefix(dir, "/home/u/") || err != nil {
		t.Error(dir, err)
	}
}

func TestNothingIsKeptWithoutAFolder(t *testing.T) {
	var s Store
	if err := s.SetCapture("k", &Capture{}); err != nil {
		t.Error(err)
	}
	if c, err := s.Capture("k"); c != nil || err != nil {
		t.Error(c, err)
	}
}
