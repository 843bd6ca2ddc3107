package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"plcscope/pcaps"
	"plcscope/pcaps/craft"
	"plcscope/s7comm"
)

// s7Poll is an operator panel that polls a PLC, writes to it, reads what is not
// there, asks for its order number, and loses the connection when the PLC stops.
func s7Poll() []byte {
	c := craft.New().At(morning.Add(time.Hour))
	panel(c, "192.168.10.40:49312", 12)
	return pcapng(c.Frames(), pcaps.Interface{Name: "eth1", Description: "mirror of the PLC's port", Link: pcaps.LinkEthernet, SnapLen: 262144, Filter: "tcp port 102"})
}

func word(v uint16) []byte   { return binary.BigEndian.AppendUint16(nil, v) }
func float(v float32) []byte { return binary.BigEndian.AppendUint32(nil, math.Float32bits(v)) }

// value is what was read of words and bytes.
func value(b []byte) s7comm.Value {
	return s7comm.Value{ReturnCode: s7comm.ReturnSuccess, TransportSize: s7comm.DataByte, Data: b}
}

func realValue(v float32) s7comm.Value {
	return s7comm.Value{ReturnCode: s7comm.ReturnSuccess, TransportSize: s7comm.DataReal, Data: float(v)}
}

func bit(v byte) s7comm.Value {
	return s7comm.Value{ReturnCode: s7comm.ReturnSuccess, TransportSize: s7comm.DataBit, Data: []byte{v}}
}

// panel is the conversation of a panel that polls the PLC so often.
func panel(c *craft.Capture, host string, polls int) *craft.Conn {
	hmi := c.Connect(craft.Host(host), craft.Host("192.168.10.17:102"), craft.RTT(2*time.Millisecond))
	calling, called := s7comm.TSAP{1, 0}, s7comm.TSAP{3, 2} // operator panel to rack 0, slot 2
	hmi.Client(s7comm.AppendCR(nil, 0x0c, calling, called, 1024)).Server(s7comm.AppendCC(nil, 0x0c, 0x4431, calling, called, 1024))
	hmi.Client(s7comm.AppendSetup(nil, s7comm.ROSCTRJob, 0, s7comm.Setup{AMQCalling: 1, AMQCalled: 1, PDULength: 480})).
		Server(s7comm.AppendSetup(nil, s7comm.ROSCTRAckData, 0, s7comm.Setup{AMQCalling: 1, AMQCalled: 1, PDULength: 240}))
	ref := uint16(0)
	next := func() uint16 { ref++; return ref }

	// Who are you? The module identification of the system status list.
	r := next()
	hmi.After(50 * time.Millisecond).Client(s7comm.AppendUserdata(nil, r, s7comm.Userdata{
		Function: s7comm.FunctionCPU, Type: s7comm.UserdataRequest, Group: s7comm.GroupCPU, Subfunction: 1, Syntax: s7comm.SyntaxShort,
		HasData: true, ReturnCode: s7comm.ReturnSuccess, TransportSize: s7comm.DataOctets, Payload: []byte{0x01, 0x11, 0x00, 0x01},
	}))
	identity := append([]byte{0x01, 0x11, 0x00, 0x01, 0x00, 28, 0x00, 0x01, 0x00, 0x01}, "6ES7 315-2EH14-0AB0 "...)
	identity = append(identity, 0x00, 0xc0, 0x00, 0x04, 0x00, 0x01)
	hmi.Server(s7comm.AppendUserdata(nil, r, s7comm.Userdata{
		Function: s7comm.FunctionCPU, Type: s7comm.UserdataResponse, Group: s7comm.GroupCPU, Subfunction: 1, Sequence: 1, Syntax: s7comm.SyntaxExtended, Extended: true,
		HasData: true, ReturnCode: s7comm.ReturnSuccess, TransportSize: s7comm.DataOctets, Payload: identity,
	}))

	items := []s7comm.Item{
		s7comm.AnyItem(s7comm.AreaDB, 10, s7comm.SizeReal, 0, 0, 1),
		s7comm.AnyItem(s7comm.AreaDB, 10, s7comm.SizeWord, 4, 0, 1),
		s7comm.AnyItem(s7comm.AreaFlag, 0, s7comm.SizeByte, 20, 0, 3),
		s7comm.AnyItem(s7comm.AreaInput, 0, s7comm.SizeBit, 1, 3, 1),
		s7comm.AnyItem(s7comm.AreaOutput, 0, s7comm.SizeByte, 4, 0, 1),
	}
	for i := range polls {
		r := next()
		hmi.After(100 * time.Millisecond).Client(s7comm.AppendReadJob(nil, r, items...)).
			Server(s7comm.AppendReadAnswer(nil, r, realValue(71.5+float32(i)/4), value(word(uint16(1040+i))), value([]byte{0x21, byte(i), 0x80}), bit(byte(i&1)), value([]byte{0x0f})))
		if i%4 == 3 {
			r := next()
			hmi.After(30 * time.Millisecond).Client(s7comm.AppendWriteJob(nil, r,
				[]s7comm.Item{s7comm.AnyItem(s7comm.AreaDB, 11, s7comm.SizeReal, 8, 0, 1), s7comm.AnyItem(s7comm.AreaFlag, 0, s7comm.SizeBit, 21, 2, 1)},
				[]s7comm.Value{realValue(72), bit(1)})).
				Server(s7comm.AppendWriteAnswer(nil, r, s7comm.ReturnSuccess, s7comm.ReturnSuccess))
		}
	}

	// A data block that is too short, and one that does not exist.
	r = next()
	hmi.After(100 * time.Millisecond).Client(s7comm.AppendReadJob(nil, r,
		s7comm.AnyItem(s7comm.AreaDB, 10, s7comm.SizeByte, 400, 0, 20), s7comm.AnyItem(s7comm.AreaDB, 260, s7comm.SizeByte, 0, 0, 4), items[1])).
		Server(s7comm.AppendReadAnswer(nil, r, s7comm.Value{ReturnCode: s7comm.ReturnOutOfRange}, s7comm.Value{ReturnCode: s7comm.ReturnNoObject}, value(word(1053))))

	// An answer of several segments: 200 bytes of a data block.
	r = next()
	block := fmt.Appendf(nil, "%-200s", "recipe juice-1l; fill 1.002; speed 5400")
	answer := s7comm.AppendReadAnswer(nil, r, value(block))
	hmi.After(100*time.Millisecond).Client(s7comm.AppendReadJob(nil, r, s7comm.AnyItem(s7comm.AreaDB, 30, s7comm.SizeByte, 0, 0, 200))).
		ServerSegments([]int{5, 100}, answer)

	// The PLC is stopped and closes without a word; the panel's last job finds nobody.
	return hmi.After(time.Second).Client(s7comm.AppendReadJob(nil, next(), items...)).RST(craft.ByServer)
}
