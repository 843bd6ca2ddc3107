package mqtt

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/internal/wire"
)

// placed is a field, how deep it is nested and which bytes it covers.
func placed(f *wire.Field, depth, off, size int) string {
	return fmt.Sprintf("%*s%s @%d+%d", depth, "", f.Name, off, size)
}

// noPlace are fields whose place differs: expert items have none in tshark, and
// it counts the length of a content type and of an aliased topic in.
var noPlace = map[*wire.Field]bool{fUnknownVersion: true, fIllegalTopicLen: true, fUnknownAlias: true, fPropContentType: true}

// The tree has tshark's order, nesting and places.
func TestTreeEqualsTshark(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	program, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed: not compared")
	}
	var cs conversations
	for _, tt := range good {
		cs.add(tt.p.Version, bin(tt.wire))
	}
	out, err := exec.Command(program, "-n", "-r", cs.write(t), "-d", "tcp.port==1883,mqtt", "-T", "pdml").Output()
	if err != nil {
		t.Fatal(err)
	}
	frames := pdml(t, out)

	frame := 0
	for _, tt := range good {
		if tt.p.Version != 0 {
			frame++ // the CONNECT that announces the version
		}
		frame++
		t.Run(tt.name, func(t *testing.T) {
			var p Packet
			var tree wire.Tree
			if err := p.Dissect(bin(tt.wire), tt.p.Version, &tree); err != nil {
				t.Fatal(err)
			}
			if p.Type == CONNECT && (p.Version == 0 || p.Connect.Bridge()) {
				t.Skip("tshark reads other levels in its own way")
			}
			var got []string
			for _, n := range tree.Nodes {
				if !noPlace[n.Field] {
					got = append(got, placed(n.Field, int(n.Depth), int(n.Off), int(n.Len)))
				}
			}
			if d := cmp.Diff(frames[frame-1], got); d != "" {
				t.Errorf("tree (-tshark +ours):\n%s", d)
			}
		})
	}
}

// pdml are the MQTT fields of each packet of a PDML document.
func pdml(t *testing.T, doc []byte) (frames [][]string) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(doc))
	start, depth := -1, 0
	for {
		token, err := d.Token()
		if err == io.EOF {
			return frames
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.EndElement:
			depth--
		case xml.StartElement:
			depth++
			attr := map[string]string{}
			for _, a := range e.Attr {
				attr[a.Name.Local] = a.Value
			}
			pos, _ := strconv.Atoi(attr["pos"])
			size, _ := strconv.Atoi(attr["size"])
			switch f := Fields.Lookup(attr["name"]); {
			case e.Name.Local == "packet":
				frames = append(frames, nil)
			case f == fMQTT:
				start = pos
				fallthrough
			case f != nil && !noPlace[f]:
				last := len(frames) - 1
				frames[last] = append(frames[last], placed(f, depth-3, pos-start, size))
			}
		}
	}
}
