package filter

import (
	"encoding/binary"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/bpf"

	"plcscope/pcaps"
)

var protocols = map[string]uint32{"icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "icmp6": 58, "sctp": 132}

var etherTypes = map[string]uint32{"ip": 0x0800, "arp": 0x0806, "rarp": 0x8035, "ip6": 0x86dd}

var ports = map[string]uint64{"mqtt": 1883, "secure-mqtt": 8883, "iso-tsap": 102, "http": 80, "https": 443}

// qualifier says what an identifier is: "tcp src port".
type qualifier struct{ proto, dir, kind string }

func (p *parser) network() uint32 {
	if p.link == pcaps.LinkEthernet {
		return 14 + 4*p.tags
	}
	return 0
}

func equal(off uint32, size int, k uint32) test {
	return field{off: off, size: size, cond: bpf.JumpEqual, k: k}
}

func (p *parser) etherType(k uint32) test {
	switch p.link {
	case pcaps.LinkEthernet:
		return equal(12+4*p.tags, 2, k)
	case pcaps.LinkLinuxSLL:
		return protocol{k}
	}
	switch k {
	case 0x0800:
		return field{size: 1, mask: 0xf0, cond: bpf.JumpEqual, k: 0x40}
	case 0x86dd:
		return field{size: 1, mask: 0xf0, cond: bpf.JumpEqual, k: 0x60}
	}
	return always(false)
}

func (p *parser) network3(name string) test    { return p.etherType(etherTypes[name]) }
func (p *parser) transport4(proto uint32) test { return equal(p.network()+9, 1, proto) }

func (p *parser) transport6(proto uint32) test {
	next := p.network() + 6
	return one(equal(next, 1, proto), all(equal(next, 1, 44), equal(next+34, 1, proto)))
}

func (p *parser) unfragmented() test {
	return field{off: p.network() + 6, size: 2, mask: 0x1fff, cond: bpf.JumpEqual}
}

// protocolTest selects the packets of a protocol over either IP.
func (p *parser) protocolTest(over string, proto uint32) test {
	four := all(p.network3("ip"), p.transport4(proto))
	six := all(p.network3("ip6"), p.transport6(proto))
	switch over {
	case "ip":
		return four
	case "ip6":
		return six
	}
	return one(six, four)
}

func (p *parser) primitive() test {
	start := p.pos
	switch word := p.peek(); {
	case word == "":
		p.fail("something to select is missing")
	case word == "vlan":
		p.next()
		return p.vlan()
	case word == "less" || word == "greater":
		p.next()
		cond := bpf.JumpLessOrEqual
		if word == "greater" {
			cond = bpf.JumpGreaterOrEqual
		}
		return relation{nil, cond, length{}, number(p.number(1<<32 - 1))}
	}
	var q qualifier
	if w := p.peek(); w == "ether" || protocols[w] != 0 || etherTypes[w] != 0 {
		q.proto = p.next()
	}
	if w := p.peek(); w == "src" || w == "dst" {
		q.dir = p.next()
		other := map[string]string{"src": "dst", "dst": "src"}[w]
		if i := p.pos + 1; i < len(p.tokens) && p.tokens[i].text == other && (p.peek() == "or" || p.peek() == "and") {
			q.dir = p.next()
			p.next()
		}
	}
	switch w := p.peek(); w {
	case "host", "net", "port", "portrange", "proto":
		q.kind = p.next()
	}
	if q == (qualifier{}) {
		if p.last == q || !p.startsIdentifier() {
			p.fail("%q is not understood", p.peek())
		}
		q = p.last
	} else if q.dir == "" && q.kind == "" && !(q.proto == "ether" || p.startsAddress()) {
		p.last = q
		return p.abbreviation(start, q.proto)
	}
	if q.kind == "" {
		q.kind = "host"
		if q.proto != "ether" && strings.Contains(p.peek(), "/") {
			q.kind = "net"
		}
	}
	p.last = q
	return p.identifier(start, q)
}

func (p *parser) startsIdentifier() bool {
	s := p.peek()
	return s != "" && (isWord(s[0]) || s[0] == ':') && s != "and" && s != "or" && s != "not"
}

func (p *parser) startsAddress() bool {
	_, err := netip.ParseAddr(strings.SplitN(p.peek(), "/", 2)[0])
	return err == nil
}

// abbreviation is the name of a protocol that stands alone.
func (p *parser) abbreviation(at int, name string) test {
	switch name {
	case "icmp", "igmp":
		return p.protocolTest("ip", protocols[name])
	case "icmp6":
		return p.protocolTest("ip6", protocols[name])
	case "tcp", "udp", "sctp":
		return p.protocolTest("", protocols[name])
	}
	return p.network3(name)
}

func (p *parser) vlan() test {
	if p.link != pcaps.LinkEthernet {
		p.failAt(p.pos-1, "%v has no VLAN tags", p.link)
	}
	if p.tags == 8 {
		p.failAt(p.pos-1, "more than 8 tags")
	}
	at := 12 + 4*p.tags
	t := one(equal(at, 2, 0x8100), equal(at, 2, 0x88a8), equal(at, 2, 0x9100))
	if _, err := strconv.ParseUint(p.peek(), 0, 32); err == nil {
		t = all(t, field{off: at + 2, size: 2, mask: 0xfff, cond: bpf.JumpEqual, k: uint32(p.number(4095))})
	}
	p.tags++
	return t
}

func (p *parser) number(limit uint64) uint64 {
	n, err := strconv.ParseUint(p.peek(), 0, 64)
	if err != nil {
		p.fail("%q is no number", p.peek())
	}
	if n > limit {
		p.fail("%d is more than %d", n, limit)
	}
	p.next()
	return n
}

func (p *parser) identifier(at int, q qualifier) test {
	switch q.kind {
	case "port", "portrange":
		return p.ports(at, q)
	case "proto":
		return p.proto(at, q)
	}
	if q.proto == "ether" {
		return p.etherHost(at, q)
	}
	if q.proto != "" && etherTypes[q.proto] == 0 {
		p.failAt(at, "%s has no addresses; ip and ip6 do", q.proto)
	}
	return p.host(q)
}

func (p *parser) proto(at int, q qualifier) test {
	if q.dir != "" {
		p.failAt(at, "a protocol has no direction")
	}
	limit := uint64(255)
	if q.proto == "ether" {
		limit = 0xffff
	}
	name := p.peek()
	n, known := protocols[name]
	if q.proto == "ether" {
		n, known = etherTypes[name]
	}
	if known {
		p.next()
	} else {
		n = uint32(p.number(limit))
	}
	switch q.proto {
	case "ether":
		if n < 0x0600 {
			p.failAt(p.pos-1, "types of Ethernet begin at 0x600")
		}
		return p.etherType(n)
	case "ip", "ip6", "":
		return p.protocolTest(q.proto, n)
	}
	p.failAt(at, "%s carries no protocol that can be asked for", q.proto)
	return nil
}

// directed joins the tests of source and destination as the direction says.
func directed(dir string, src, dst test) test {
	switch dir {
	case "src":
		return src
	case "dst":
		return dst
	case "and":
		return all(src, dst)
	}
	return one(src, dst)
}

func (p *parser) etherHost(at int, q qualifier) test {
	mac, err := net.ParseMAC(p.peek())
	if err != nil || len(mac) != 6 || q.kind != "host" {
		p.fail("%q is no Ethernet address such as 00:1b:1b:00:00:01", p.peek())
	}
	if p.link != pcaps.LinkEthernet {
		p.failAt(at, "%v has no Ethernet addresses", p.link)
	}
	p.next()
	side := func(off uint32) test {
		return all(equal(off+2, 4, binary.BigEndian.Uint32(mac[2:])), equal(off, 2, uint32(binary.BigEndian.Uint16(mac))))
	}
	return directed(q.dir, side(6), side(0))
}

func (p *parser) host(q qualifier) test {
	prefix := p.prefix(q)
	addr := prefix.Addr()
	l3 := p.network()
	side := func(off uint32) test {
		var tests []test
		b := addr.AsSlice()
		for i, bits := 0, prefix.Bits(); bits > 0; i, bits = i+4, bits-32 {
			f := field{off: off + uint32(i), size: 4, cond: bpf.JumpEqual, k: binary.BigEndian.Uint32(b[i:])}
			if bits < 32 {
				f.mask = ^uint32(0) << (32 - bits)
			}
			tests = append(tests, f)
		}
		if len(tests) == 0 {
			return always(true)
		}
		return all(tests...)
	}
	if addr.Is6() {
		if q.proto != "" && q.proto != "ip6" {
			p.failAt(p.pos-1, "an address of IPv6 with %s", q.proto)
		}
		return all(p.network3("ip6"), directed(q.dir, side(l3+8), side(l3+24)))
	}
	four := all(p.network3("ip"), directed(q.dir, side(l3+12), side(l3+16)))
	resolve := func(name string) test {
		return all(p.network3(name), directed(q.dir, side(l3+14), side(l3+24)))
	}
	switch q.proto {
	case "ip":
		return four
	case "arp", "rarp":
		return resolve(q.proto)
	case "ip6":
		p.failAt(p.pos-1, "an address of IPv4 with ip6")
	}
	return one(four, resolve("arp"), resolve("rarp"))
}

// prefix reads an address, a network with its length or mask, or the leading bytes
// of a network of IPv4.
func (p *parser) prefix(q qualifier) netip.Prefix {
	s := p.peek()
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" && !a.Is4In6() {
		p.next()
		bits := a.BitLen()
		if q.kind == "net" && p.accept("mask") {
			m, err := netip.ParseAddr(p.peek())
			if err != nil || !m.Is4() || !a.Is4() {
				p.fail("%q is no mask such as 255.255.255.0", p.peek())
			}
			b := m.As4()
			var ones int
			if ones, bits = net.IPMask(b[:]).Size(); bits == 0 {
				p.fail("the mask %s has holes", m)
			}
			bits = ones
			p.next()
		}
		return p.whole(netip.PrefixFrom(a, bits))
	}
	if q.kind != "net" {
		p.fail("%q is no address", s)
	}
	if strings.Count(s, ".") < 3 && !strings.Contains(s, ":") { // 10, 192.168, 10.1/16
		s, bits, cut := strings.Cut(s, "/")
		n := strings.Count(s, ".") + 1
		if !cut {
			bits = strconv.Itoa(8 * n)
		}
		s += strings.Repeat(".0", 4-n) + "/" + bits
		if f, err := netip.ParsePrefix(s); err == nil {
			p.next()
			return p.whole(f)
		}
	} else if f, err := netip.ParsePrefix(s); err == nil && !f.Addr().Is4In6() {
		p.next()
		return p.whole(f)
	}
	p.fail("%q is no network such as 10.0.0.0/8", s)
	return netip.Prefix{}
}

func (p *parser) whole(f netip.Prefix) netip.Prefix {
	if f.Masked() != f {
		p.failAt(p.pos-1, "%s has bits behind its mask", f)
	}
	return f
}

func (p *parser) ports(at int, q qualifier) test {
	protos := []uint32{6, 17, 132}
	if q.proto == "tcp" || q.proto == "udp" || q.proto == "sctp" {
		protos = []uint32{protocols[q.proto]}
	} else if q.proto != "" && q.proto != "ip" && q.proto != "ip6" {
		p.failAt(at, "%s has no ports", q.proto)
	}
	low := p.port()
	high := low
	if q.kind == "portrange" && p.accept("-") {
		high = p.port()
	}
	low, high = min(low, high), max(low, high)
	l3 := p.network()
	match := func(f field) test {
		f.size = 2
		if low == high {
			f.cond, f.k = bpf.JumpEqual, low
			return f
		}
		g := f
		f.cond, f.k = bpf.JumpGreaterOrEqual, low
		g.cond, g.k = bpf.JumpLessOrEqual, high
		return all(f, g)
	}
	var tests []test
	for _, proto := range protos {
		six := all(p.network3("ip6"), equal(l3+6, 1, proto),
			directed(q.dir, match(field{off: l3 + 40}), match(field{off: l3 + 42})))
		four := all(p.network3("ip"), p.transport4(proto), p.unfragmented(),
			directed(q.dir, match(field{transport: l3 + 1}), match(field{off: 2, transport: l3 + 1})))
		if q.proto != "ip" {
			tests = append(tests, six)
		}
		if q.proto != "ip6" {
			tests = append(tests, four)
		}
	}
	return one(tests...)
}

func (p *parser) port() uint32 {
	if n, ok := ports[p.peek()]; ok {
		p.next()
		return uint32(n)
	}
	return uint32(p.number(65535))
}
