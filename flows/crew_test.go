package flows_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"plcscope/flows"
	"plcscope/pcaps/samples"
)

// faulty panics at the first message.
type faulty struct{ flows.Ignore }

func (faulty) Message(*flows.Message) { panic("a rule is broken") }

// TestPanicsReachTheCaller: an observer that panics on another goroutine neither ends the
// program there nor leaves anybody waiting.
func TestPanicsReachTheCaller(t *testing.T) {
	ways := map[string]func(src flows.Source){
		"aside": func(src flows.Source) {
			flows.Analyse(context.Background(), src, flows.Config{Aside: []flows.Observer{faulty{}}})
		},
		"lanes": func(src flows.Source) {
			var l [flows.Lanes][]flows.Observer
			for i := range l {
				l[i] = []flows.Observer{faulty{}}
			}
			flows.AnalyseLanes(context.Background(), src, flows.Config{}, flows.Lanes, l)
		},
	}
	for name, analyse := range ways {
		t.Run(name, func(t *testing.T) {
			src, err := samples.Open("mixed-plant.pcapng.zst")
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			said := make(chan any)
			go func() {
				defer func() { said <- recover() }()
				analyse(src)
			}()
			select {
			case p := <-said:
				if text, _ := p.(string); !strings.Contains(text, "a rule is broken") {
					t.Errorf("the caller hears %v", p)
				}
			case <-time.After(10 * time.Second):
				t.Fatal("the caller waits for ever")
			}
		})
	}
}
