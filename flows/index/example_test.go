package index_test

import (
	"context"
	"fmt"

	"plcscope/flows"
	"plcscope/flows/index"
	"plcscope/pcaps/samples"
)

// The ladder of a session: its messages over all its connections, from memory, and one
// of them read again.
func Example() {
	capture, err := samples.Open("mqtt31-plc-healthy.pcap")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer capture.Close()
	ix, b := index.New(capture, index.Options{})
	defer ix.Close()
	if _, err := b.Build(context.Background(), flows.Config{}); err != nil { // go b.Build(...) beside a screen
		fmt.Println(err)
		return
	}
	for _, h := range ix.Hosts() {
		fmt.Println(h.Addr, h.Roles)
	}
	session, _ := ix.Session(1)
	fmt.Printf("%s at %s, %d connections\n", session.ClientID, session.Server, session.Conns)
	r := ix.NewReader()
	defer r.Close()
	for _, conn := range ix.ConnsOf(session.Number, nil) {
		for i, n := range ix.MessagesOf(conn, nil, 0) {
			if i == 6 {
				break
			}
			m, _ := ix.Message(n)
			fmt.Print(m.Type)
			if t, ok := ix.Topic(m.Topic); ok {
				fmt.Printf(" %s, one of %d", t.Name, t.Count)
			}
			if q, ok := ix.Answers(n); ok {
				asked, _ := ix.Message(q)
				fmt.Printf(" to frame %d", asked.Frame)
			}
			fmt.Println()
		}
	}
	v, err := r.Message(3)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", v.Packet.AppendSummary(nil, false))
	tree, frame, _ := r.Headers(uint32(v.Frame))
	fmt.Println(len(frame.Data), "bytes,", tree.Nodes[0].Field.Title)
	// Output:
	// 192.168.10.2 [broker]
	// 192.168.10.14 [MQTT client]
	// line4-filler at 192.168.10.2:1883, 2 connections
	// CONNECT
	// CONNACK to frame 4
	// SUBSCRIBE
	// SUBACK to frame 8
	// PUBLISH plant/line4/state, one of 3
	// PUBACK to frame 12
	// CONNECT
	// CONNACK to frame 108
	// PUBLISH plant/line4/cmd/setpoint, one of 2
	// PUBACK to frame 110
	// SUBSCRIBE
	// SUBACK to frame 114
	// SUBSCRIBE id 1 "plant/line4/cmd/#" q1
	// 78 bytes, Frame
}
