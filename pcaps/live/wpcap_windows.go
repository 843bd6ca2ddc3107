package live

import (
	"fmt"
	"path/filepath"
	"sync"

	"golang.org/x/sys/windows"
)

// library holds the addresses of the functions of Npcap's wpcap.dll, or WinPcap's.
//
// gopacket's binding is not used here. It loads the library whenever the program
// starts, ends the program when a function is missing, and frees the memory of a
// filter in another heap than it took it from.
type library struct {
	create, activate, close, lastError                    uintptr
	setSnapLen, setPromiscuous, setTimeout, setBufferSize uintptr
	link, setFilter, next, breakLoop, stats               uintptr
	findAll, freeAll                                      uintptr

	// 0 in old versions.
	setStampType, setPrecision, precision uintptr
}

// wpcap returns the library, which is loaded when it is first needed.
var wpcap = sync.OnceValues(loadLibrary)

// loadLibrary looks where Npcap installs, then where WinPcap did, and nowhere else: a
// file of that name in the current folder may be anything.
func loadLibrary() (*library, error) {
	system, err := windows.GetSystemDirectory()
	if err != nil {
		return nil, err
	}
	for _, path := range []string{filepath.Join(system, "Npcap", "wpcap.dll"), filepath.Join(system, "wpcap.dll")} {
		dll, err := windows.LoadLibraryEx(path, 0, windows.LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR|windows.LOAD_LIBRARY_SEARCH_SYSTEM32)
		if err != nil {
			continue
		}
		l := new(library)
		if err := l.find(dll); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		return l, nil
	}
	return nil, ErrLibrary
}

// find looks the functions up.
func (l *library) find(dll windows.Handle) error {
	for _, f := range []struct {
		name     string
		to       *uintptr
		optional bool
	}{
		{"pcap_create", &l.create, false},
		{"pcap_set_snaplen", &l.setSnapLen, false},
		{"pcap_set_promisc", &l.setPromiscuous, false},
		{"pcap_set_timeout", &l.setTimeout, false},
		{"pcap_set_buffer_size", &l.setBufferSize, false},
		{"pcap_activate", &l.activate, false},
		{"pcap_geterr", &l.lastError, false},
		{"pcap_datalink", &l.link, false},
		{"pcap_setfilter", &l.setFilter, false},
		{"pcap_next_ex", &l.next, false},
		{"pcap_stats", &l.stats, false},
		{"pcap_breakloop", &l.breakLoop, false},
		{"pcap_close", &l.close, false},
		{"pcap_findalldevs", &l.findAll, false},
		{"pcap_freealldevs", &l.freeAll, false},
		{"pcap_set_tstamp_type", &l.setStampType, true},
		{"pcap_set_tstamp_precision", &l.setPrecision, true},
		{"pcap_get_tstamp_precision", &l.precision, true},
	} {
		address, err := windows.GetProcAddress(dll, f.name)
		if err != nil && !f.optional {
			return fmt.Errorf("it has no function %s; install Npcap from https://npcap.com", f.name)
		}
		*f.to = address
	}
	return nil
}

// Permitted reports, as an error with ErrLibrary in it, that Npcap is missing. Whether
// it lets this user capture shows when an interface is opened.
func Permitted() error {
	_, err := wpcap()
	return err
}

// noRights says how to get the right to capture.
func noRights() error {
	return fmt.Errorf("%w: Npcap was installed for administrators only; run plcscope as administrator, or install Npcap again without that restriction", ErrRights)
}
