package live

import (
	"errors"
	"slices"
	"testing"
	"unsafe"

	"golang.org/x/net/bpf"
)

// An instruction is handed to the library as it is.
func TestInstructionsAreLaidOutAsInC(t *testing.T) {
	var x bpf.RawInstruction
	if unsafe.Sizeof(x) != 8 || unsafe.Offsetof(x.Jt) != 2 || unsafe.Offsetof(x.Jf) != 3 || unsafe.Offsetof(x.K) != 4 {
		t.Error("struct bpf_insn has 16, 8, 8 and 32 bits")
	}
}

// However an adapter is called, it is the same one; what is no adapter is an error.
func TestNamesOfAdapters(t *testing.T) {
	all, err := adapters()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		want := devicePrefix + a.id
		if a.kind == 24 {
			want = deviceLoopback
		}
		names := []string{a.id, a.name}
		if !slices.ContainsFunc(all, func(o adapter) bool { return o.id != a.id && o.description == a.description }) {
			names = append(names, a.description)
		}
		for _, name := range names {
			if got, err := pathOf(name); got != want || err != nil {
				t.Errorf("%s is %s, want %s (%v)", name, got, want, err)
			}
		}
	}
	if got, err := pathOf(devicePrefix + "{1}"); got != devicePrefix+"{1}" || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	if got, err := pathOf("no such adapter"); !errors.Is(err, errNoInterface) && !errors.Is(err, ErrLibrary) {
		t.Errorf("%s, %v", got, err)
	}
}

// Interfaces are listed once each, under names that Open takes.
func TestInterfacesHaveNames(t *testing.T) {
	list, err := Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, x := range list {
		if seen[x.Name] {
			t.Errorf("%s is listed twice", x.Name)
		}
		seen[x.Name] = true
		if _, err := pathOf(x.Name); err != nil {
			t.Errorf("%s: %v", x.Name, err)
		}
	}
}
