package assets

import (
	"fmt"
	"net/netip"
	"sync"
	"testing"

	"plcscope/decode"
	"plcscope/flows"
	"plcscope/pcaps/craft"
)

// TestResultsStayAsTheyAre takes results in the middle of an analysis, reads them on
// another goroutine while it goes on (go test -race looks on), and once more at its end.
func TestResultsStayAsTheyAre(t *testing.T) {
	k := engineer()
	for range 60 { // changes of mode, more than are kept
		k.szl(0x0424, 0, modeRecord(0x4302, 8)).szl(0x0424, 0, modeRecord(0x4304, 4))
	}
	for range 60 { // more times than are kept as they are
		k.read(word(1, 0), word(1, 2)).write(word(10, 20), 0xff)
	}
	for i := range 20 {
		c := k.capture.Connect(craft.Host(fmt.Sprintf("192.168.0.1:%d", 4000+i)), craft.Host("192.168.0.77:1883"))
		c.Client(connect(fmt.Sprint("press-", i%3)))
	}
	v := New(Options{})
	tracker := flows.New(flows.Options{}, v)
	hosts := []flows.Host{{Addr: netip.MustParseAddr("192.168.0.1").As16()}}
	dec := decode.New(decode.Options{})
	var s decode.Segment
	var wg sync.WaitGroup
	var results []Result
	var texts []string
	frames := k.capture.Frames()
	for i := range frames {
		if dec.Decode(&frames[i], &s) {
			tracker.Add(&s)
		}
		if i%20 != 0 {
			continue
		}
		r := v.Result(hosts)
		results, texts = append(results, r), append(texts, told(&r))
		wg.Go(func() { _ = told(&r) })
	}
	tracker.Flush()
	v.Result(hosts)
	wg.Wait()
	for i := range results {
		if got := told(&results[i]); got != texts[i] {
			t.Errorf("the result of frame %d was\n%s\nand has become\n%s", i*20, texts[i], got)
		}
	}
	last := &results[len(results)-1]
	if uses := last.asset("192.168.0.1").MQTT; len(uses) != 3 || uses[0].Connects < 5 {
		t.Errorf("uses of MQTT are %+v", uses)
	}
}

// told is all that a result holds.
func told(r *Result) string {
	b := fmt.Sprintf("%+v", *r)
	for i := range r.Assets {
		for j := range r.Assets[i].Modules {
			b += fmt.Sprintf("%+v", r.Assets[i].Modules[j].Protection)
		}
	}
	return b
}
