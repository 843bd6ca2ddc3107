package values_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"plcscope/flows"
	"plcscope/flows/values"
	"plcscope/pcaps/craft"
	"plcscope/s7comm"
	"plcscope/s7comm/variable"
)

func word(db uint16, at uint32) s7comm.Item {
	return s7comm.AnyItem(s7comm.AreaDB, db, s7comm.SizeInt, at, 0, 1)
}

func answer(b ...byte) s7comm.Value {
	return s7comm.Value{ReturnCode: s7comm.ReturnSuccess, TransportSize: s7comm.DataByte, Data: b}
}

// poll lets several panels read words of a controller n times.
func poll(n int) *craft.Capture {
	c := craft.New()
	for p := range 3 {
		conn := c.Connect(craft.Host(fmt.Sprintf("10.0.0.%d:2000", 10+p)), craft.Host("10.0.0.1:102"))
		for i := range n {
			c.After(10 * time.Millisecond)
			conn.Client(s7comm.AppendReadJob(nil, uint16(i), word(1, uint32(i%20*2)), word(2, 0)))
			conn.Server(s7comm.AppendReadAnswer(nil, uint16(i), answer(byte(p), byte(i)), answer(0, byte(i/10))))
		}
	}
	return c
}

// told is all that entries hold.
func told(list []*variable.Entry) string {
	var b strings.Builder
	for _, e := range list {
		fmt.Fprintf(&b, "%+v %+v\n", *e, e.Trend)
	}
	return b.String()
}

func TestTable(t *testing.T) {
	v := values.New(values.Options{History: 8})
	capture := poll(40).Capture()
	if _, err := flows.Analyse(context.Background(), capture, flows.Config{}, v); err != nil {
		t.Fatal(err)
	}
	list, more := v.Entries()
	if len(list) != 21 || more != 0 {
		t.Fatalf("%d variables, %d left out", len(list), more)
	}
	e := list[20]
	if e.Address != "DB2.DBW0" || e.Type != "INT" || e.Reads != 120 || e.Value != "3" || len(e.Partners) != 3 || e.Changes != 3+1+3+1+3 || len(e.History) != 8 || e.Controller.String() != "10.0.0.1" {
		t.Errorf("%+v", e)
	}
	again, _ := v.Entries()
	if &again[0] != &list[0] {
		t.Error("without news the list is another one")
	}
}

func TestTableBounds(t *testing.T) {
	v := values.New(values.Options{Limit: 5})
	if _, err := flows.Analyse(context.Background(), poll(20).Capture(), flows.Config{}, v); err != nil {
		t.Fatal(err)
	}
	if list, more := v.Entries(); len(list) != 5 || more == 0 || list[0].History != nil {
		t.Errorf("%d variables, %d left out", len(list), more)
	}
}

// TestEntriesAreReadMeanwhile takes entries between batches and reads them on another
// goroutine while the analysis goes on; go test -race looks on.
func TestEntriesAreReadMeanwhile(t *testing.T) {
	v := values.New(values.Options{History: 4})
	var wg sync.WaitGroup
	var lists [][]*variable.Entry
	var texts []string
	frames := poll(3000).Frames()
	n := 0
	cfg := flows.Config{Batch: func() {
		list, _ := v.Entries()
		n++
		lists, texts = append(lists, list), append(texts, told(list))
		wg.Go(func() { _ = told(list) })
	}}
	if _, err := flows.Analyse(context.Background(), craft.Open(frames), cfg, v); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	if n < 3 {
		t.Fatalf("only %d batches", n)
	}
	for i := range lists {
		if got := told(lists[i]); got != texts[i] {
			t.Errorf("list %d has changed", i)
		}
	}
}

// TestGapForgets: an answer behind missing bytes is not joined to a request before them.
func TestGapForgets(t *testing.T) {
	c := craft.New()
	conn := c.Connect(craft.Host("10.0.0.10:2000"), craft.Host("10.0.0.1:102"))
	conn.Client(s7comm.AppendWriteJob(nil, 1, []s7comm.Item{word(1, 0)}, []s7comm.Value{answer(0, 1)}))
	lost := len(c.Frames())
	conn.Client(s7comm.AppendReadJob(nil, 2, word(1, 2)))
	conn.Server(s7comm.AppendWriteAnswer(nil, 1, s7comm.ReturnSuccess))
	for i := range 3 {
		conn.Client(s7comm.AppendReadJob(nil, uint16(i+3), word(1, 4))).Server(s7comm.AppendReadAnswer(nil, uint16(i+3), answer(0, 9)))
	}
	frames := c.Frames()
	frames = append(frames[:lost:lost], frames[lost+1:]...)
	v := values.New(values.Options{})
	if _, err := flows.Analyse(context.Background(), craft.Open(frames), flows.Config{}, v); err != nil {
		t.Fatal(err)
	}
	list, _ := v.Entries()
	for _, e := range list {
		if e.Address == "DB1.DBW0" && e.Known {
			t.Errorf("the value %q was taken although bytes are missing between request and answer", e.Value)
		}
	}
}
