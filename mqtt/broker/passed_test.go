package broker

import "testing"

func TestPassed(t *testing.T) {
	w := newWorld(Limits{})
	plc, scada, hmi := w.client(), w.client(), w.client()
	w.subscribe(scada, 1, "plant/#")
	before := w.publish(plc, "plant/a", "0", 1)
	w.subscribe(hmi, 1, "status")
	p := w.publish(plc, "plant/a", "1", 1)
	scada.Deliver(message5("plant/a", "1", 1), w.at())
	switch {
	case before.Passed(hmi):
		t.Error("a message from before the client has asked for anything has passed it by")
	case !p.Passed(hmi):
		t.Error("a message that only another client got has not passed by")
	case p.Passed(scada):
		t.Error("a message that was delivered has passed by")
	case p.Passed(plc):
		t.Error("a message has passed by a client that has never asked for anything")
	}
	if hmi.Deliver(message5("plant/a", "1", 1), w.at()); p.Passed(hmi) {
		t.Error("a message has passed by that was delivered without a subscription")
	}
}

func TestDisplaced(t *testing.T) {
	w := newWorld(Limits{Filters: 2})
	c := w.client()
	w.subscribe(c, 1, "a", "b")
	if w.unsubscribe(c, "a"); c.Displaced {
		t.Error("displaced before there was need")
	}
	if w.subscribe(c, 1, "c"); !c.Displaced || c.Sub([]byte("a")) != nil {
		t.Error("the subscription that is over has not made room, or nobody knows")
	}
}

func TestOverflownSurvivesCONNACK(t *testing.T) {
	w := newWorld(Limits{Filters: 1})
	c := w.client()
	w.subscribe(c, 1, "a", "b")
	if c.Renew(w.at()); !c.Overflown {
		t.Error("what was asked for before the CONNACK that begins the session is taken for known")
	}
	if c.Connect(5, true, w.at()); c.Overflown {
		t.Error("a new session begins overflown")
	}
}
