package live

import (
	"net"
	"slices"
	"unsafe"

	"golang.org/x/sys/windows"
)

var getIfEntry2 = windows.NewLazySystemDLL("iphlpapi.dll").NewProc("GetIfEntry2")

// ask adds what Windows counts, and which card it is.
func (x *Interface) ask() {
	all, err := adapters()
	if err != nil {
		return
	}
	for _, a := range all {
		if a.name != x.Name {
			continue
		}
		x.Description = a.description
		if row, ok := a.row(); ok {
			x.take(row)
		}
		return
	}
}

// unbound lists the network cards that are not among those known because the system
// itself uses no protocol on them: so are those at mirror ports.
func unbound(known []Interface) []Interface {
	all, err := adapters()
	if err != nil {
		return nil
	}
	var list []Interface
	for _, a := range all {
		if slices.ContainsFunc(known, func(x Interface) bool { return x.Name == a.name }) {
			continue
		}
		row, ok := a.row()
		// The first bit says that there is hardware, the second that this is a filter on it.
		if !ok || row.InterfaceAndOperStatusFlags&3 != 1 {
			continue
		}
		x := Interface{Name: a.name, Description: a.description, Addresses: []string{}, MTU: int(row.Mtu), State: "down"}
		x.Hardware = net.HardwareAddr(row.PhysicalAddress[:min(int(row.PhysicalAddressLength), len(row.PhysicalAddress))]).String()
		if row.OperStatus == windows.IfOperStatusUp {
			x.Up, x.State = true, "up"
		}
		x.take(row)
		list = append(list, x)
	}
	return list
}

// row asks for the counters of an adapter.
func (a *adapter) row() (*windows.MibIfRow2, bool) {
	if getIfEntry2.Find() != nil {
		return nil, false
	}
	row := &windows.MibIfRow2{InterfaceLuid: a.luid}
	r, _, _ := getIfEntry2.Call(uintptr(unsafe.Pointer(row)))
	return row, r == 0
}

// take takes the counters over, and the speed of a link that is up.
func (x *Interface) take(row *windows.MibIfRow2) {
	x.Packets, x.Bytes = row.InUcastPkts+row.InNUcastPkts, row.InOctets
	x.Dropped = row.InDiscards
	if s := row.ReceiveLinkSpeed; x.Up && s != ^uint64(0) {
		x.Speed = int(s / 1e6)
	}
}
