package report

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"plcscope/flows"
	"plcscope/flows/delivery"
	"plcscope/pcaps/samples"
	"plcscope/rules"
	"plcscope/rules/mqttrules"
)

var update = flag.Bool("update", false, "write what the formats print into testdata, and the schema")

// excerpt are the rules of the golden files: few, so that a new rule does not
// change them, and enough for each verdict and severity.
var excerpt = []string{
	"mqtt-connect-first", "mqtt-connect-once", "mqtt-will-qos-not-3", "mqtt-packet-length-consistent",
	"mqtt-qos1-puback", "mqtt-connack-first", "mqtt-utf8-no-null", "plc-payload-length", "mqtt-disconnect-missing", "mqtt-unsubscribe-nonempty",
}

// analysed is the report on a sample by the rules named, or by all.
func analysed(t testing.TB, name string, ids ...string) *Report {
	t.Helper()
	c, err := samples.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	opt := mqttrules.Options{}
	if ids != nil {
		for _, r := range mqttrules.All {
			if slices.Contains(ids, r.ID) {
				opt.Catalogue = append(opt.Catalogue, r)
			}
		}
		if len(opt.Catalogue) != len(ids) {
			t.Fatalf("%d of the rules %s exist", len(opt.Catalogue), ids)
		}
	}
	engine, ladder, lister := mqttrules.New(opt), &Ladder{}, &flows.Lister{}
	engine.Book().Around = ladder.Around
	audit := delivery.New(delivery.Options{})
	totals, err := flows.Analyse(context.Background(), c, flows.Config{}, ladder, engine, lister, audit)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(samples.Bytes(name))
	sent := audit.Result()
	return &Report{
		Tool: "plcscope test", Files: c.Files(), Problems: c.Problems(), Totals: totals, FailOn: rules.Error,
		Book: engine.Book(), Hashes: []string{hex.EncodeToString(sum[:])}, Connections: lister.Rows(), Delivery: &sent,
	}
}

// shapes are all formats, by the suffixes of their golden files.
var shapes = []struct {
	suffix string
	write  func(*Report, io.Writer) error
}{
	{"txt", func(r *Report, w io.Writer) error { return r.Text(w, TextOptions{Verbose: true}) }},
	{"json", (*Report).JSON},
	{"junit.xml", (*Report).JUnit},
	{"sarif", func(r *Report, w io.Writer) error { return r.SARIF(w, SARIFOptions{}) }},
	{"all.sarif", func(r *Report, w io.Writer) error { return r.SARIF(w, SARIFOptions{All: true}) }},
	{"md", (*Report).Markdown},
	{"html", (*Report).HTML},
}

func written(t testing.TB, r *Report, write func(*Report, io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(r, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestGolden compares what each format prints about the MQTT samples.
func TestGolden(t *testing.T) {
	for _, sample := range []string{"mqtt31-plc-healthy.pcap", "mqtt31-plc-faulty.pcap"} {
		r := analysed(t, sample, excerpt...)
		for _, s := range shapes {
			if s.suffix == "all.sarif" {
				continue
			}
			got := written(t, r, s.write)
			name := filepath.Join("testdata", strings.TrimSuffix(sample, ".pcap")+"."+s.suffix)
			if *update {
				if err := os.WriteFile(name, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
				continue
			}
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatalf("%v: run go test ./report -update", err)
			}
			if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
				t.Errorf("%s (go test ./report -update writes it anew):\n%s", name, d)
			}
		}
	}
}

// TestSameBytes: the same capture gives the same bytes in every format.
func TestSameBytes(t *testing.T) {
	a, b := analysed(t, "mqtt31-plc-faulty.pcap"), analysed(t, "mqtt31-plc-faulty.pcap")
	for _, s := range shapes {
		one := written(t, a, s.write)
		if again := written(t, a, s.write); again != one {
			t.Errorf("%s: another writing differs", s.suffix)
		}
		if other := written(t, b, s.write); other != one {
			t.Errorf("%s: another analysis differs", s.suffix)
		}
	}
}

// TestPasswordsAreMasked: the sample's clients send a password; no format shows it
// in text or in hexadecimal unless asked to.
func TestPasswordsAreMasked(t *testing.T) {
	const secret = "geheim"
	if !bytes.Contains(samples.Bytes("mqtt31-plc-faulty.pcap"), []byte(secret)) {
		t.Fatalf("the sample does not hold %q", secret)
	}
	r := analysed(t, "mqtt31-plc-faulty.pcap")
	digits := hex.EncodeToString([]byte(secret))
	for _, s := range shapes {
		got := written(t, r, s.write)
		if strings.Contains(got, secret) || strings.Contains(strings.NewReplacer(" ", "", "\n", "").Replace(got), digits) {
			t.Errorf("%s shows the password", s.suffix)
		}
	}
}
