package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"testing"
)

// A deed is what Snap7's client says that it did.
type deed struct {
	Do      string          `json:"do"`
	Address string          `json:"address"`
	Written string          `json:"written"` // hexadecimal
	Bytes   string          `json:"bytes"`
	Error   int             `json:"error"` // Snap7's, 0 for none
	Thrown  string          `json:"thrown"`
	Result  json.RawMessage `json:"result"`
}

// snap7 is the library in both roles; a test that lacks it is skipped.
func snap7(t *testing.T) {
	t.Helper()
	need(t, "node", "tcpdump", "tshark")
	if out, err := exec.Command("node", "-e", "require(require.resolve('node-snap7', {paths: ['peers/snap7']}))").CombinedOutput(); err != nil {
		lack(t, "npm ci in peers/snap7 first: %v: %.300s", err, out)
	}
}

// startPLC starts Snap7's server as a controller.
func startPLC(t *testing.T) (port int) {
	t.Helper()
	port = freePort(t)
	c := exec.Command("node", "peers/snap7/plc.js", strconv.Itoa(port))
	said := new(syncBuffer)
	c.Stderr = said
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "listening\n" {
		t.Fatalf("%q, %v: %s", line, err, said)
	}
	return port
}

// playHMI lets Snap7's client do all that it does.
func playHMI(t *testing.T, port int) []deed {
	t.Helper()
	out, err := exec.Command("node", "peers/snap7/hmi.js", strconv.Itoa(port)).Output()
	if err != nil {
		t.Fatalf("hmi.js: %v", err)
	}
	var list []deed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var x deed
		if err := d.Decode(&x); err == io.EOF {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, x)
	}
}

// Deeds that the server refuses, as a controller does; all others succeed.
var refusedDeeds = []string{"read a missing block", "write a missing block", "read beyond the end", "missing block info", "full upload"}

func (d *deed) fails() bool {
	return slices.Contains(refusedDeeds, d.Do) || d.Do == "SZL" && d.Error == 12582912 // the list 0x0f7f, which there is not
}

// TestSnap7 lets Snap7's client talk to its server. plcscope must show the values that
// were written, see what tshark sees, accuse nobody of what is right, and know the
// controller as it knows itself.
func TestSnap7(t *testing.T) {
	snap7(t)
	port := startPLC(t)
	dump := startCapture(t, port)
	deeds := playHMI(t, port)
	dump.stop(t)
	for i := range deeds {
		d := &deeds[i]
		if d.Thrown != "" || (d.Error != 0) != d.fails() {
			t.Errorf("Snap7's client says %+v", *d)
		}
		if d.Do == "read" && d.Bytes != d.Written {
			t.Errorf("%s was written as %s and is read as %s", d.Address, d.Written, d.Bytes)
		}
	}
	t.Run("values", func(t *testing.T) { valuesAreThoseWritten(t, dump.file, port) })
	t.Run("fields", func(t *testing.T) { fieldsAreTsharks(t, dump.file, port, 150) })
	t.Run("verdict", func(t *testing.T) { snap7IsHeldToWhatItDoes(t, dump.file, port) })
	t.Run("inventory", func(t *testing.T) { inventoryIsTheControllers(t, dump.file, port, deeds) })
}
