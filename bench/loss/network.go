//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"
)

// The ends of the cable.
const (
	nearEnd = "loss0"
	farEnd  = "loss1"
)

// layCable makes the interfaces, on which nobody says anything but the sender.
func layCable() error {
	if err := os.WriteFile("/proc/sys/net/ipv6/conf/default/disable_ipv6", []byte("1"), 0); err != nil && !os.IsNotExist(err) {
		return err
	}
	for _, c := range []string{
		"link add " + nearEnd + " type veth peer name " + farEnd,
		"link set " + nearEnd + " up",
		"link set " + farEnd + " up",
	} {
		if out, err := exec.Command("ip", strings.Fields(c)...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %s: %w\n%s", c, err, out)
		}
	}
	return nil
}

// arrived is how many frames have come to the far end until now.
func arrived() (uint64, error) {
	out, err := exec.Command("ip", "-s", "-j", "link", "show", farEnd).Output()
	if err != nil {
		return 0, err
	}
	var l []struct {
		Stats struct{ RX struct{ Packets uint64 } } `json:"stats64"`
	}
	if err := json.Unmarshal(out, &l); err != nil || len(l) != 1 {
		return 0, fmt.Errorf("ip -s -j link: %w", errors.Join(err, errors.New("not one interface")))
	}
	return l[0].Stats.RX.Packets, nil
}

// waitForListener waits until somebody listens at the far end.
func waitForListener() error {
	i, err := net.InterfaceByName(farEnd)
	if err != nil {
		return err
	}
	for range 500 {
		sockets, err := os.ReadFile("/proc/net/packet")
		if err != nil {
			return err
		}
		for _, l := range strings.Split(string(sockets), "\n") {
			// sk RefCnt Type Proto Iface R Rmem User Inode
			if f := strings.Fields(l); len(f) > 5 && f[4] == fmt.Sprint(i.Index) && f[5] == "1" {
				time.Sleep(500 * time.Millisecond) // until its filter is in place
				return nil
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	return errors.New("it does not begin to capture")
}
