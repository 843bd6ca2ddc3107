package craft

import (
	"bytes"
	"testing"
	"time"
)

func TestConversationIsCompleteStream(t *testing.T) {
	big := bytes.Repeat([]byte("0123456789"), 500)
	frames := Connection("10.0.0.5:2000", "10.0.0.1:1883").
		Client([]byte("hello")).Server([]byte("world")).
		After(time.Second).Client(big).FIN(ByClient).Frames()
	var client, server []byte
	for i := range frames {
		s, ok := segmentOf(&frames[i])
		if !ok {
			t.Fatalf("frame %d is no TCP segment", i+1)
		}
		if clientsOf(frames)[s.flow()] {
			client = append(client, s.data()...)
		} else {
			server = append(server, s.data()...)
		}
	}
	if want := "hello" + string(big); string(client) != want {
		t.Errorf("client said %q", client)
	}
	if string(server) != "world" {
		t.Errorf("server said %q", server)
	}
}
