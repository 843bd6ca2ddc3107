package live

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// unbound lists nothing: Linux names all interfaces.
func unbound([]Interface) []Interface { return nil }

// ask adds what the kernel tells in /sys/class/net.
func (x *Interface) ask() {
	dir := filepath.Join("/sys/class/net", filepath.Base(x.Name))
	read := func(name string) string {
		b, _ := os.ReadFile(filepath.Join(dir, name))
		return strings.TrimSpace(string(b))
	}
	count := func(name string) uint64 {
		n, _ := strconv.ParseUint(read(name), 10, 64)
		return n
	}
	x.Packets, x.Bytes, x.Dropped = count("statistics/rx_packets"), count("statistics/rx_bytes"), count("statistics/rx_dropped")
	if n, err := strconv.Atoi(read("speed")); err == nil && n > 0 {
		x.Speed = n
	}
	if x.Description != "" {
		return
	}
	for _, line := range strings.Split(read("uevent"), "\n") {
		if kind, ok := strings.CutPrefix(line, "DEVTYPE="); ok {
			x.Description = kind
		}
	}
	if driver, err := os.Readlink(filepath.Join(dir, "device/driver")); err == nil && x.Description == "" {
		x.Description = "driver " + filepath.Base(driver)
	}
}
