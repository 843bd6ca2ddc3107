package decode

import "plcscope/internal/wire"

// Fields are the fields of frames, links, networks and transports, under
// Wireshark's names.
var Fields wire.Table

// Frame.
var (
	fFrame       = Fields.None("frame", "Frame")
	fFrameDate   = Fields.Add(wire.Field{Name: "frame.time", Title: "Arrival Time", Type: wire.Time})
	fFrameTime   = Fields.Add(wire.Field{Name: "frame.time_epoch", Title: "Epoch Time", Type: wire.Epoch})
	fFrameNumber = Fields.Uint("frame.number", "Frame Number", 8, wire.Dec, nil)
	fFrameLen    = Fields.Uint("frame.len", "Frame Length", 4, wire.Dec, nil)
	fFrameCap    = Fields.Uint("frame.cap_len", "Capture Length", 4, wire.Dec, nil)
)

// Link layers.
var (
	fEth      = Fields.None("eth", "Ethernet")
	fEthDst   = ether("eth.dst", "Destination")
	fEthSrc   = ether("eth.src", "Source")
	fEthAddr  = ether("eth.addr", "Address")
	fEthDstLG = Fields.Bool("eth.dst.lg", "Destination is locally administered")
	fEthDstIG = Fields.Bool("eth.dst.ig", "Destination is a group")
	fEthSrcLG = Fields.Bool("eth.src.lg", "Source is locally administered")
	fEthSrcIG = Fields.Bool("eth.src.ig", "Source is a group")
	fEthLG    = Fields.Bool("eth.lg", "An address is locally administered")
	fEthIG    = Fields.Bool("eth.ig", "An address is a group")
	fEthType  = Fields.Uint("eth.type", "Type", 2, wire.Hex, etherTypeName)
	fEthLen   = Fields.Uint("eth.len", "Length", 2, wire.Dec, nil)

	fVLAN         = Fields.None("vlan", "802.1Q Virtual LAN")
	fVLANPriority = Fields.Uint("vlan.priority", "Priority", 2, wire.Dec, nil)
	fVLANDEI      = Fields.Bool("vlan.dei", "Drop Eligible")
	fVLANID       = Fields.Uint("vlan.id", "ID", 2, wire.Dec, nil)
	fVLANType     = Fields.Uint("vlan.etype", "Type", 2, wire.Hex, etherTypeName)

	fAD         = Fields.None("ieee8021ad", "IEEE 802.1ad")
	fADPriority = Fields.Uint("ieee8021ad.priority", "Priority", 2, wire.Dec, nil)
	fADDEI      = Fields.Bool("ieee8021ad.dei", "DEI")
	fADID       = Fields.Uint("ieee8021ad.id", "ID", 2, wire.Dec, nil)
	fADService  = Fields.Uint("ieee8021ad.svid", "ID of the service", 2, wire.Dec, nil)
	fADCustomer = Fields.Uint("ieee8021ad.cvid", "ID of the customer", 2, wire.Dec, nil)
	fADType     = Fields.Uint("ieee8021ah.etype", "Type", 2, wire.Hex, etherTypeName)

	fLLC        = Fields.None("llc", "Logical-Link Control")
	fLLCDSAP    = Fields.Uint("llc.dsap", "DSAP", 1, wire.Hex, nil)
	fLLCSSAP    = Fields.Uint("llc.ssap", "SSAP", 1, wire.Hex, nil)
	fLLCControl = Fields.Uint("llc.control", "Control field", 2, wire.Hex, nil)
	fLLCType    = Fields.Uint("llc.type", "Type", 2, wire.Hex, etherTypeName)

	fSLL      = Fields.None("sll", "Linux Cooked Capture")
	fSLLType  = Fields.Uint("sll.pkttype", "Packet Type", 2, wire.Dec, packetTypeName)
	fSLLHard  = Fields.Uint("sll.hatype", "Link-layer Address Type", 2, wire.Dec, nil)
	fSLLLen   = Fields.Uint("sll.halen", "Link-layer Address Length", 2, wire.Dec, nil)
	fSLLSrc   = ether("sll.src.eth", "Source")
	fSLLIface = Fields.Uint("sll.ifindex", "Interface Index", 4, wire.Dec, nil)
	fSLLProto = Fields.Uint("sll.etype", "Protocol", 2, wire.Hex, etherTypeName)

	fNull       = Fields.None("null", "Null/Loopback")
	fNullFamily = Fields.Uint("null.family", "Family", 4, wire.Dec, nil)

	fPPP      = Fields.None("ppp", "Point-to-Point Protocol")
	fPPPAddr  = Fields.Uint("ppp.address", "Address", 1, wire.Hex, nil)
	fPPPCtl   = Fields.Uint("ppp.control", "Control", 1, wire.Hex, nil)
	fPPPProto = Fields.Uint("ppp.protocol", "Protocol", 2, wire.Hex, nil)

	fPPPoE        = Fields.None("pppoe", "PPP-over-Ethernet")
	fPPPoEVersion = Fields.Uint("pppoe.version", "Version", 1, wire.Dec, nil)
	fPPPoEType    = Fields.Uint("pppoe.type", "Type", 1, wire.Dec, nil)
	fPPPoECode    = Fields.Uint("pppoe.code", "Code", 1, wire.Hex, nil)
	fPPPoESession = Fields.Uint("pppoe.session_id", "Session ID", 2, wire.Hex, nil)
	fPPPoELen     = Fields.Uint("pppoe.payload_length", "Payload Length", 2, wire.Dec, nil)

	fMPLS       = Fields.None("mpls", "MultiProtocol Label Switching")
	fMPLSLabel  = Fields.Uint("mpls.label", "Label", 4, wire.Dec, nil)
	fMPLSExp    = Fields.Uint("mpls.exp", "Experimental Bits", 4, wire.Dec, nil)
	fMPLSBottom = Fields.Uint("mpls.bottom", "Bottom of Label Stack", 4, wire.Dec, nil)
	fMPLSTTL    = Fields.Uint("mpls.ttl", "TTL", 4, wire.Dec, nil)
)

// Protocols that are named and not looked into.
var (
	fARP    = Fields.None("arp", "Address Resolution Protocol")
	fLLDP   = Fields.None("lldp", "Link Layer Discovery Protocol")
	fICMP   = Fields.None("icmp", "Internet Control Message Protocol")
	fICMPv6 = Fields.None("icmpv6", "Internet Control Message Protocol v6")
)

var (
	namedTypes     = map[uint16]*wire.Field{typeARP: fARP, typeLLDP: fLLDP}
	namedProtocols = map[uint8]*wire.Field{protoICMP: fICMP, protoICMPv6: fICMPv6}
)

// IPv4.
var (
	fIP       = Fields.None("ip", "Internet Protocol Version 4")
	fIPVer    = Fields.Uint("ip.version", "Version", 1, wire.Dec, nil)
	fIPHdr    = Fields.Uint("ip.hdr_len", "Header Length", 1, wire.Dec, nil)
	fIPDS     = Fields.Uint("ip.dsfield", "Differentiated Services Field", 1, wire.Hex, nil)
	fIPDSCP   = Fields.Uint("ip.dsfield.dscp", "Differentiated Services Codepoint", 1, wire.Dec, nil)
	fIPECN    = Fields.Uint("ip.dsfield.ecn", "Explicit Congestion Notification", 1, wire.Dec, nil)
	fIPLen    = Fields.Uint("ip.len", "Total Length", 2, wire.Dec, nil)
	fIPID     = Fields.Uint("ip.id", "Identification", 2, wire.Hex, nil)
	fIPFlags  = Fields.Uint("ip.flags", "Flags", 1, wire.Hex, nil)
	fIPRB     = Fields.Bool("ip.flags.rb", "Reserved bit")
	fIPDF     = Fields.Bool("ip.flags.df", "Don't fragment")
	fIPMF     = Fields.Bool("ip.flags.mf", "More fragments")
	fIPOffset = Fields.Uint("ip.frag_offset", "Fragment Offset", 2, wire.Dec, nil)
	fIPTTL    = Fields.Uint("ip.ttl", "Time to Live", 1, wire.Dec, nil)
	fIPProto  = Fields.Uint("ip.proto", "Protocol", 1, wire.Dec, protocolName)
	fIPSum    = Fields.Uint("ip.checksum", "Header Checksum", 2, wire.Hex, nil)
	fIPSrc    = address("ip.src", "Source Address", wire.IPv4)
	fIPDst    = address("ip.dst", "Destination Address", wire.IPv4)
	fIPAddr   = address("ip.addr", "Source or Destination Address", wire.IPv4)
)

// IPv6 and its extension headers.
var (
	fIP6      = Fields.None("ipv6", "Internet Protocol Version 6")
	fIP6Ver   = Fields.Uint("ipv6.version", "Version", 1, wire.Dec, nil)
	fIP6Class = Fields.Uint("ipv6.tclass", "Traffic Class", 4, wire.Hex, nil)
	fIP6DSCP  = Fields.Uint("ipv6.tclass.dscp", "Differentiated Services Codepoint", 4, wire.Dec, nil)
	fIP6ECN   = Fields.Uint("ipv6.tclass.ecn", "Explicit Congestion Notification", 4, wire.Dec, nil)
	fIP6Flow  = Fields.Uint("ipv6.flow", "Flow Label", 3, wire.Hex, nil)
	fIP6Len   = Fields.Uint("ipv6.plen", "Payload Length", 2, wire.Dec, nil)
	fIP6Next  = Fields.Uint("ipv6.nxt", "Next Header", 1, wire.Dec, protocolName)
	fIP6Hops  = Fields.Uint("ipv6.hlim", "Hop Limit", 1, wire.Dec, nil)
	fIP6Src   = address("ipv6.src", "Source Address", wire.IPv6)
	fIP6Dst   = address("ipv6.dst", "Destination Address", wire.IPv6)
	fIP6Addr  = address("ipv6.addr", "Source or Destination Address", wire.IPv6)

	fHopByHop     = Fields.None("ipv6.hopopts", "IPv6 Hop-by-Hop Option")
	fHopByHopNext = Fields.Uint("ipv6.hopopts.nxt", "Next Header", 1, wire.Dec, protocolName)
	fHopByHopLen  = Fields.Uint("ipv6.hopopts.len", "Length", 1, wire.Dec, nil)
	fOptions      = Fields.None("ipv6.dstopts", "Destination Options for IPv6")
	fOptionsNext  = Fields.Uint("ipv6.dstopts.nxt", "Next Header", 1, wire.Dec, protocolName)
	fOptionsLen   = Fields.Uint("ipv6.dstopts.len", "Length", 1, wire.Dec, nil)
	fRouting      = Fields.None("ipv6.routing", "Routing Header for IPv6")
	fRoutingNext  = Fields.Uint("ipv6.routing.nxt", "Next Header", 1, wire.Dec, protocolName)
	fRoutingLen   = Fields.Uint("ipv6.routing.len", "Length", 1, wire.Dec, nil)
	fRoutingType  = Fields.Uint("ipv6.routing.type", "Type", 1, wire.Dec, nil)
	fRoutingLeft  = Fields.Uint("ipv6.routing.segleft", "Segments Left", 1, wire.Dec, nil)

	fFrag       = Fields.None("ipv6.fraghdr", "Fragment Header for IPv6")
	fFragNext   = Fields.Uint("ipv6.fraghdr.nxt", "Next header", 1, wire.Dec, protocolName)
	fFragOffset = Fields.Uint("ipv6.fraghdr.offset", "Offset", 2, wire.Dec, nil)
	fFragMore   = Fields.Bool("ipv6.fraghdr.more", "More Fragments")
	fFragID     = Fields.Uint("ipv6.fraghdr.ident", "Identification", 4, wire.Hex, nil)

	fAH     = Fields.None("ah", "Authentication Header")
	fAHNext = Fields.Uint("ah.next_header", "Next header", 1, wire.Dec, protocolName)
	fAHLen  = Fields.Uint("ah.length", "Length", 1, wire.Dec, nil)
	fAHSPI  = Fields.Uint("ah.spi", "AH SPI", 4, wire.Hex, nil)
	fAHSeq  = Fields.Uint("ah.sequence", "AH Sequence", 4, wire.Dec, nil)
)

// Tunnels.
var (
	fUDP    = Fields.None("udp", "User Datagram Protocol")
	fUDPSrc = Fields.Uint("udp.srcport", "Source Port", 2, wire.Dec, nil)
	fUDPDst = Fields.Uint("udp.dstport", "Destination Port", 2, wire.Dec, nil)
	fUDPAny = Fields.Uint("udp.port", "Source or Destination Port", 2, wire.Dec, nil)
	fUDPLen = Fields.Uint("udp.length", "Length", 2, wire.Dec, nil)
	fUDPSum = Fields.Uint("udp.checksum", "Checksum", 2, wire.Hex, nil)

	fGRE        = Fields.None("gre", "Generic Routing Encapsulation")
	fGREFlags   = Fields.Uint("gre.flags_and_version", "Flags and Version", 2, wire.Hex, nil)
	fGREProto   = Fields.Uint("gre.proto", "Protocol Type", 2, wire.Hex, etherTypeName)
	fGRESum     = Fields.Uint("gre.checksum", "Checksum", 2, wire.Hex, nil)
	fGREOff     = Fields.Uint("gre.offset", "Offset", 2, wire.Dec, nil)
	fGREKey     = Fields.Uint("gre.key", "Key", 4, wire.Hex, nil)
	fGREPayload = Fields.Uint("gre.key.payload_length", "Payload Length", 2, wire.Dec, nil)
	fGRECall    = Fields.Uint("gre.key.call_id", "Call ID", 2, wire.Dec, nil)
	fGRESeq     = Fields.Uint("gre.sequence_number", "Sequence Number", 4, wire.Dec, nil)
	fGREAck     = Fields.Uint("gre.ack_number", "Acknowledgment Number", 4, wire.Dec, nil)

	fSpan      = Fields.None("erspan", "Encapsulated Remote Switch Packet ANalysis")
	fSpanVer   = Fields.Uint("erspan.version", "Version", 2, wire.Dec, nil)
	fSpanVLAN  = Fields.Uint("erspan.vlan", "VLAN", 2, wire.Dec, nil)
	fSpanCoS   = Fields.Uint("erspan.cos", "COS", 2, wire.Dec, nil)
	fSpanCut   = Fields.Uint("erspan.truncated", "Truncated", 2, wire.Dec, nil)
	fSpanID    = Fields.Uint("erspan.spanid", "SpanID", 2, wire.Dec, nil)
	fSpanIndex = Fields.Uint("erspan.index", "Index", 4, wire.Dec, nil)
	fSpanTime  = Fields.Uint("erspan.timestamp", "Timestamp", 4, wire.Dec, nil)

	fVXLAN      = Fields.None("vxlan", "Virtual eXtensible Local Area Network")
	fVXLANFlags = Fields.Uint("vxlan.flags", "Flags", 2, wire.Hex, nil)
	fVXLANGroup = Fields.Uint("vxlan.gbp", "Group Policy ID", 2, wire.Dec, nil)
	fVXLANID    = Fields.Uint("vxlan.vni", "VXLAN Network Identifier (VNI)", 3, wire.Dec, nil)
)

// TCP.
var (
	fTCP       = Fields.None("tcp", "Transmission Control Protocol")
	fTCPSrc    = Fields.Uint("tcp.srcport", "Source Port", 2, wire.Dec, nil)
	fTCPDst    = Fields.Uint("tcp.dstport", "Destination Port", 2, wire.Dec, nil)
	fTCPPort   = Fields.Uint("tcp.port", "Source or Destination Port", 2, wire.Dec, nil)
	fTCPLen    = Fields.Uint("tcp.len", "TCP Segment Len", 4, wire.Dec, nil)
	fTCPSeq    = Fields.Uint("tcp.seq_raw", "Sequence Number (raw)", 4, wire.Dec, nil)
	fTCPAck    = Fields.Uint("tcp.ack_raw", "Acknowledgment number (raw)", 4, wire.Dec, nil)
	fTCPHdr    = Fields.Uint("tcp.hdr_len", "Header Length", 1, wire.Dec, nil)
	fTCPFlags  = Fields.Uint("tcp.flags", "Flags", 2, wire.Hex, nil)
	fTCPRes    = Fields.Bool("tcp.flags.res", "Reserved")
	fTCPAE     = Fields.Bool("tcp.flags.ae", "Accurate ECN")
	fTCPCWR    = Fields.Bool("tcp.flags.cwr", "Congestion Window Reduced")
	fTCPECE    = Fields.Bool("tcp.flags.ece", "ECN-Echo")
	fTCPURG    = Fields.Bool("tcp.flags.urg", "Urgent")
	fTCPACK    = Fields.Bool("tcp.flags.ack", "Acknowledgment")
	fTCPPSH    = Fields.Bool("tcp.flags.push", "Push")
	fTCPRST    = Fields.Bool("tcp.flags.reset", "Reset")
	fTCPSYN    = Fields.Bool("tcp.flags.syn", "Syn")
	fTCPFIN    = Fields.Bool("tcp.flags.fin", "Fin")
	fTCPWindow = Fields.Uint("tcp.window_size_value", "Window", 2, wire.Dec, nil)
	fTCPSum    = Fields.Uint("tcp.checksum", "Checksum", 2, wire.Hex, nil)
	fTCPUrgent = Fields.Uint("tcp.urgent_pointer", "Urgent Pointer", 2, wire.Dec, nil)

	fTCPOptions    = Fields.Bytes("tcp.options", "TCP Options")
	fTCPOptionKind = Fields.Uint("tcp.option_kind", "Kind", 1, wire.Dec, optionName)
	fTCPOptionLen  = Fields.Uint("tcp.option_len", "Length", 1, wire.Dec, nil)
	fTCPMSS        = Fields.Uint("tcp.options.mss_val", "MSS Value", 2, wire.Dec, nil)
	fTCPShift      = Fields.Uint("tcp.options.wscale.shift", "Shift count", 1, wire.Dec, nil)
	fTCPScale      = Fields.Uint("tcp.options.wscale.multiplier", "Multiplier", 2, wire.Dec, nil)
	fTCPTSVal      = Fields.Uint("tcp.options.timestamp.tsval", "Timestamp value", 4, wire.Dec, nil)
	fTCPTSEcr      = Fields.Uint("tcp.options.timestamp.tsecr", "Timestamp echo reply", 4, wire.Dec, nil)

	fTCPPayload = Fields.Bytes("tcp.payload", "TCP payload")
)

func ether(name, title string) *wire.Field {
	return Fields.Add(wire.Field{Name: name, Title: title, Type: wire.Ether})
}

func address(name, title string, t wire.Type) *wire.Field {
	return Fields.Add(wire.Field{Name: name, Title: title, Type: t})
}

func etherTypeName(v uint64) string {
	switch v {
	case typeIPv4:
		return "IPv4"
	case typeIPv6:
		return "IPv6"
	case typeVLAN:
		return "802.1Q Virtual LAN"
	case typeQinQ:
		return "802.1ad Provider Bridge"
	case typeOldQinQ:
		return "802.1Q tag, old numbering"
	case typeMPLS, typeMPLSm:
		return "MPLS"
	case typePPPoE:
		return "PPPoE Session"
	case typePPP:
		return "PPP"
	case typeBridge:
		return "Transparent Ethernet bridging"
	case typeERSPAN:
		return "ERSPAN"
	case typeERSPAN3:
		return "ERSPAN type III"
	case typeARP:
		return "ARP"
	case typeLLDP:
		return "LLDP"
	case 0x8892:
		return "PROFINET"
	case 0x8863:
		return "PPPoE Discovery"
	}
	return ""
}

func protocolName(v uint64) string {
	switch v {
	case protoTCP:
		return "TCP"
	case protoUDP:
		return "UDP"
	case protoICMP:
		return "ICMP"
	case protoICMPv6:
		return "ICMPv6"
	case protoGRE:
		return "GRE"
	case protoIPv4:
		return "IPv4"
	case protoIPv6:
		return "IPv6"
	case protoHopByHop:
		return "Hop-by-Hop Option"
	case protoRouting:
		return "Routing Header"
	case protoFragment:
		return "Fragment Header"
	case protoOptions:
		return "Destination Options"
	case protoAH:
		return "Authentication Header"
	case 50:
		return "ESP"
	case 59:
		return "no next header"
	}
	return ""
}

func packetTypeName(v uint64) string {
	names := [...]string{"to us", "broadcast", "multicast", "to somebody else", "sent by us"}
	if v < uint64(len(names)) {
		return names[v]
	}
	return ""
}

func optionName(v uint64) string {
	switch v {
	case 0:
		return "End of Option List"
	case 1:
		return "No-Operation"
	case 2:
		return "Maximum Segment Size"
	case 3:
		return "Window Scale"
	case 4:
		return "SACK Permitted"
	case 5:
		return "SACK"
	case 8:
		return "Timestamps"
	}
	return ""
}
