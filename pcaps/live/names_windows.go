package live

import (
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

const (
	devicePrefix   = `\Device\NPF_`
	deviceLoopback = devicePrefix + "Loopback"
)

// adapter is an interface as Windows calls it.
type adapter struct {
	id          string // in braces
	name        string // as in the list of connections: Ethernet 2
	description string // of the card
	luid        uint64 // the system's number; unlike the index, every adapter has one
	kind        uint32 // IANA's number
}

// adapters lists all of them, those that no protocol of the system is bound to, too:
// what listens at a mirror port often has none.
func adapters() ([]adapter, error) {
	const flags = windows.GAA_FLAG_INCLUDE_ALL_INTERFACES | windows.GAA_FLAG_SKIP_UNICAST |
		windows.GAA_FLAG_SKIP_ANYCAST | windows.GAA_FLAG_SKIP_MULTICAST | windows.GAA_FLAG_SKIP_DNS_SERVER
	size := uint32(16 << 10)
	for {
		b := make([]byte, size)
		first := (*windows.IpAdapterAddresses)(unsafe.Pointer(&b[0]))
		err := windows.GetAdaptersAddresses(syscall.AF_UNSPEC, flags, 0, first, &size)
		if err == windows.ERROR_BUFFER_OVERFLOW && int(size) > len(b) {
			continue
		}
		if err == windows.ERROR_NO_DATA {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		var all []adapter
		for a := first; a != nil; a = a.Next {
			x := adapter{
				id: windows.BytePtrToString(a.AdapterName), name: windows.UTF16PtrToString(a.FriendlyName),
				description: windows.UTF16PtrToString(a.Description), luid: a.Luid, kind: a.IfType,
			}
			all = append(all, x)
		}
		return all, nil
	}
}

// pathOf returns the name by which Npcap knows an interface: given are that name, or
// its identifier in braces, the name of the connection or the description of the card,
// in capital or small letters.
func pathOf(name string) (string, error) {
	if strings.HasPrefix(strings.ToLower(name), `\device\`) {
		return name, nil
	}
	if strings.EqualFold(name, "loopback") {
		return deviceLoopback, nil
	}
	all, err := adapters()
	if err != nil {
		return "", err
	}
	for _, a := range all {
		if strings.EqualFold(name, a.id) || strings.EqualFold(name, a.name) || strings.EqualFold(name, a.description) {
			if a.kind == windows.IF_TYPE_SOFTWARE_LOOPBACK {
				return deviceLoopback, nil
			}
			return devicePrefix + a.id, nil
		}
	}
	return describedDevice(name)
}

// describedDevice looks among the interfaces that Npcap lists.
func describedDevice(description string) (string, error) {
	lib, err := wpcap()
	if err != nil {
		return "", err
	}
	var first *deviceEntry
	var reason [256]byte
	r, _, _ := syscall.SyscallN(lib.findAll, uintptr(unsafe.Pointer(&first)), uintptr(unsafe.Pointer(&reason[0])))
	if int32(r) < 0 || first == nil {
		return "", errNoInterface
	}
	defer func() { _, _, _ = syscall.SyscallN(lib.freeAll, uintptr(unsafe.Pointer(first))) }()
	for d := first; d != nil; d = d.next {
		if strings.EqualFold(description, windows.BytePtrToString(d.description)) || strings.EqualFold(description, windows.BytePtrToString(d.name)) {
			return windows.BytePtrToString(d.name), nil
		}
	}
	return "", errNoInterface
}

// deviceEntry is the beginning of struct pcap_if.
type deviceEntry struct {
	next              *deviceEntry
	name, description *byte
}
