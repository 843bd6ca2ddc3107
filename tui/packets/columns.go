package packets

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"plcscope/flows/frames"
	"plcscope/internal/wire"
	"plcscope/tui/paint"
	"plcscope/tui/pane"
)

// usual are the columns that are always known, by the names that :columns takes.
var usual = map[string]paint.Column{
	"no":          {Title: "No.", Width: 7, Right: true},
	"time":        {Title: "Time", Right: true}, // its width depends on the form of times
	"source":      {Title: "Source", Width: 15, Flex: 1},
	"destination": {Title: "Destination", Width: 15, Flex: 1, Drop: 2},
	"protocol":    {Title: "Protocol", Width: 8},
	"length":      {Title: "Length", Width: 6, Right: true, Drop: 4},
	"info":        {Title: "Info", Width: 28, Flex: 8},
	"stream":      {Title: "Stream", Width: 6, Right: true, Drop: 3},
	"client":      {Title: "Client", Width: 14, Flex: 1, Drop: 3},
}

// short are other names of fields that have columns.
var short = map[string]string{"stream": frames.Stream.Name, "client": frames.Client.Name}

// presets are sets of columns.
var presets = map[string]string{
	"default":  "no time source destination protocol length info",
	"sessions": "no time stream client source destination info",
	"mqtt":     "no time client mqtt.msgtype mqtt.msgid mqtt.qos mqtt.topic length info",
	"s7":       "no time source destination s7comm.header.rosctr s7comm.header.pduref s7comm.param.func info",
	"tcp":      "no time source destination stream tcp.seq tcp.ack tcp.window_size tcp.len info",
}

// columns are what the list shows, by name, behind the column of marks.
type columns []string

// parseColumns reads names of columns and fields, or the name of a preset; with + or - in
// front they are added to those that there are, or taken away.
func parseColumns(text string, now columns) (columns, error) {
	if p, ok := presets[text]; ok {
		text = p
	}
	names := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' })
	var out columns
	for i, name := range names {
		sign := byte(0)
		if name[0] == '+' || name[0] == '-' {
			sign, name = name[0], name[1:]
		}
		if i == 0 && sign != 0 {
			out = slices.Clone(now)
		}
		if err := validColumn(name); err != nil {
			return nil, err
		}
		at := slices.Index(out, name)
		switch {
		case sign == '-' && at < 0:
			return nil, fmt.Errorf("there is no column %q", name)
		case sign == '-':
			out = slices.Delete(out, at, at+1)
		case at >= 0: // it is there
		case sign == '+' && len(out) > 0 && out[len(out)-1] == "info":
			out = slices.Insert(out, len(out)-1, name)
		default:
			out = append(out, name)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("a list needs a column")
	}
	const most = 24
	if len(out) > most {
		return nil, fmt.Errorf("a list takes at most %d columns", most)
	}
	return out, nil
}

func validColumn(name string) error {
	if _, ok := usual[name]; ok || fieldOf(name) != nil {
		return nil
	}
	return fmt.Errorf("%q is neither a column (%s) nor a field", name, strings.Join(slices.Sorted(maps.Keys(usual)), ", "))
}

var byName = func() map[string]*wire.Field {
	m := map[string]*wire.Field{}
	for _, f := range frames.All() {
		m[f.Name] = f
	}
	return m
}()

func fieldOf(name string) *wire.Field { return byName[name] }

// fields are the names of the fields that the columns need.
func (c columns) fields() []string {
	var l []string
	for _, name := range c {
		if s := short[name]; s != "" {
			l = append(l, s)
		} else if _, ok := usual[name]; !ok {
			l = append(l, name)
		}
	}
	return l
}

// table is how the columns stand in a table, behind that of marks.
func (c columns) table(w *pane.Words) []paint.Column {
	l := []paint.Column{{Width: 2}}
	for _, name := range c {
		col, ok := usual[name]
		switch {
		case name == "time":
			col.Width = w.TimeWidth()
		case !ok:
			f := fieldOf(name)
			col = paint.Column{Title: f.Title, Width: 12, Flex: 2, Drop: 3}
			if f.Type == wire.Uint && f.Value == nil || f.Type == wire.Bool {
				col.Width, col.Flex, col.Right = max(8, min(len(f.Title), 12)), 0, true
			}
		}
		l = append(l, col)
	}
	return l
}

// complete lists what a name of a column may go on with.
func completeColumns(prefix string) []string {
	from := strings.LastIndexAny(prefix, " ,") + 1
	head, word := prefix[:from], prefix[from:]
	if len(word) > 0 && (word[0] == '+' || word[0] == '-') {
		head, word = head+word[:1], word[1:]
	}
	var l []string
	add := func(name string) {
		if strings.HasPrefix(name, word) {
			l = append(l, head+name)
		}
	}
	if from == 0 {
		for _, name := range slices.Sorted(maps.Keys(presets)) {
			add(name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(usual)) {
		add(name)
	}
	for _, f := range frames.All() {
		add(f.Name)
	}
	return l
}
