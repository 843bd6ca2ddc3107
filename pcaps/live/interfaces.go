package live

import (
	"net"
	"strings"
)

// Interface is a network interface of this machine.
type Interface struct {
	Name        string   `json:"name"`
	Description string   `json:"description"` // what kind it is; "" when that is not known
	Addresses   []string `json:"addresses"`   // with the lengths of their networks
	Hardware    string   `json:"hardware"`    // address; "" for none
	Up          bool     `json:"up"`          // switched on, and with a link
	State       string   `json:"state"`       // in the system's word
	Speed       int      `json:"speed_mbit"`  // megabits in a second; 0 when not known
	MTU         int      `json:"mtu"`
	Packets     uint64   `json:"packets"` // received since the system started
	Bytes       uint64   `json:"bytes"`
	Dropped     uint64   `json:"dropped"`
}

// Interfaces lists the network interfaces. It needs no rights.
func Interfaces() ([]Interface, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	list := []Interface{}
	for _, i := range all {
		x := Interface{Name: i.Name, Addresses: []string{}, Hardware: i.HardwareAddr.String(), MTU: i.MTU, State: "down"}
		if i.Flags&net.FlagUp != 0 {
			x.State = "up"
		}
		if i.Flags&net.FlagRunning != 0 {
			x.Up = i.Flags&net.FlagUp != 0
		} else if x.State == "up" {
			x.State = "no link"
		}
		if i.Flags&net.FlagLoopback != 0 {
			x.Description = "loopback"
		}
		addrs, _ := i.Addrs() // an interface may vanish meanwhile
		for _, a := range addrs {
			x.Addresses = append(x.Addresses, strings.TrimSpace(a.String()))
		}
		x.ask()
		list = append(list, x)
	}
	return append(list, unbound(list)...), nil
}
