package decode

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/gopacket/layers"

	"plcscope/pcaps"
)

func BenchmarkDecode(b *testing.B) {
	byName := map[string]named{}
	for _, n := range frames(b) {
		byName[n.name] = n
	}
	for _, name := range []string{
		"ethernet ipv4", "ethernet ipv6", "802.1Q", "802.1ad and 802.1Q", "SLL ipv4", "raw ipv4",
		"SLL2 ipv4", "ipv4 options", "ipv6 all extensions", "pppoe ethernet", "erspan II tagged", "vxlan",
	} {
		for _, opt := range []Options{{SkipChecksums: true}, {}} {
			n, ok := byName[name]
			if !ok {
				b.Fatalf("no frame named %q", name)
			}
			what := name + "/sums"
			if opt.SkipChecksums {
				what = name + "/bare"
			}
			b.Run(what, func(b *testing.B) {
				benchFrame(b, opt, frameOf(n.link, n.data))
			})
		}
	}
	arp := build(b, eth(layers.EthernetTypeARP), payload(string(make([]byte, 28))))
	b.Run("arp", func(b *testing.B) { benchFrame(b, Options{}, frameOf(pcaps.LinkEthernet, arp)) })
	ip := ip4(6)
	large := build(b, eth(layers.EthernetTypeIPv4), ip, tcp(ip), payload(string(bytes.Repeat([]byte("x"), 1460))))
	b.Run("1514 bytes/sums", func(b *testing.B) { benchFrame(b, Options{}, frameOf(pcaps.LinkEthernet, large)) })
}

func benchFrame(b *testing.B, opt Options, f *pcaps.Frame) {
	d := New(opt)
	var s Segment
	b.ReportAllocs()
	b.SetBytes(int64(len(f.Data)))
	for b.Loop() {
		d.Decode(f, &s)
	}
}

func BenchmarkSum(b *testing.B) {
	for _, n := range []int{20, 40, 60, 512, 1460} {
		b.Run(fmt.Sprintf("%d bytes", n), func(b *testing.B) {
			p := bytes.Repeat([]byte{0xa5}, n)
			b.SetBytes(int64(n))
			for b.Loop() {
				sum(p, 1)
			}
		})
	}
}
