package live

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

var getIfEntry2 = windows.NewLazySystemDLL("iphlpapi.dll").NewProc("GetIfEntry2")

// ask adds what Windows counts, and which card it is.
func (x *Interface) ask() {
	all, err := adapters()
	if err != nil || getIfEntry2.Find() != nil {
		return
	}
	for _, a := range all {
		if a.name != x.Name {
			continue
		}
		x.Description = a.description
		row := windows.MibIfRow2{InterfaceIndex: a.index}
		if r, _, _ := getIfEntry2.Call(uintptr(unsafe.Pointer(&row))); r == 0 {
			x.take(&row)
		}
		return
	}
}

// take takes the counters over, and the speed of a link that is up.
func (x *Interface) take(row *windows.MibIfRow2) {
	x.Packets, x.Bytes = row.InUcastPkts+row.InNUcastPkts, row.InOctets
	x.Dropped = row.InDiscards
	if s := row.ReceiveLinkSpeed; x.Up && s != ^uint64(0) {
		x.Speed = int(s / 1e6)
	}
}
