package topics

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/tui/pane"
)

var _ pane.Keeper = (*view)(nil)

func TestKeep(t *testing.T) {
	a, b := &view{by: byLast, reverse: true, form: asHex, narrow: "x"}, &view{details: true}
	b.Restore(a.Keep())
	if d := cmp.Diff(a.Keep(), b.Keep()); d != "" {
		t.Error(d)
	}
	b = &view{}
	b.Restore(map[string]string{"sort": "nonsense", "as": "\x00"}) // from a file that somebody wrote
	if b.by != byName || b.form != automatic || !b.details {
		t.Errorf("%v", b.Keep())
	}
}
