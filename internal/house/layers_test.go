package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// layers says what each package may import of this module. A package without a
// line fails the test: adding one is a decision, made here. Do not change it to
// fix a build.
var layers = map[string]string{
	"internal/wire/wiretest": "internal/wire",

	"internal/wire":        "",
	"internal/near":        "",
	"internal/fingerprint": "",
	"internal/house":       "",
	"pcaps":                "",
	"pcaps/craft":          "pcaps",
	"pcaps/live":           "pcaps",
	"pcaps/live/filter":    "pcaps",
	"pcaps/replay":         "pcaps",
	"pcaps/samples":        "pcaps",
	"pcaps/write":          "pcaps",
	"decode":               "pcaps internal/wire",
	"decode/filter":        "internal/wire internal/near",
	"mqtt":                 "internal/wire",
	"mqtt/session":         "internal/fingerprint mqtt",
	"mqtt/broker":          "internal/fingerprint mqtt mqtt/session",
	"mqtt/websocket":       "internal/wire",
	"s7comm":               "internal/wire",
	"s7comm/datatype":      "",
	"s7comm/symbol":        "s7comm s7comm/datatype internal/near",
	"s7comm/variable":      "s7comm s7comm/datatype s7comm/symbol",
	"flows/tcp":            "decode",
	"flows":                "flows/tcp mqtt mqtt/websocket s7comm decode pcaps internal/wire",
	"flows/index":          "flows flows/frames flows/tcp mqtt mqtt/websocket s7comm decode decode/filter pcaps internal/wire",
	"flows/latency":        "",
	"flows/frames":         "flows flows/tcp decode decode/filter mqtt mqtt/websocket s7comm pcaps internal/wire",
	"flows/assets":         "internal/fingerprint flows flows/latency flows/tcp mqtt s7comm decode pcaps",
	"flows/bridge":         "flows flows/latency mqtt s7comm s7comm/datatype s7comm/symbol s7comm/variable",
	"flows/watch":          "flows flows/tcp mqtt s7comm",
	"flows/values":         "flows flows/tcp s7comm/variable",
	"flows/delivery":       "internal/fingerprint flows flows/latency flows/tcp mqtt mqtt/session decode",
	"rules":                "internal/near",
	"rules/mqttrules":      "internal/fingerprint rules flows flows/tcp mqtt mqtt/session mqtt/broker decode",
	"rules/s7rules":        "rules flows flows/tcp s7comm decode",
	"rules/siterules":      "rules flows flows/tcp mqtt mqtt/session s7comm decode",
	"rules/profile":        "rules rules/siterules flows/bridge flows/delivery mqtt s7comm internal/near",
	"internal/manual":      "rules",
	"export":               "report rules flows flows/delivery flows/tcp mqtt mqtt/session s7comm s7comm/datatype s7comm/variable",
	"report":               "rules flows flows/delivery mqtt/session decode pcaps",
	"report/events":        "report rules flows flows/assets flows/delivery flows/watch mqtt",
	"outlet":               "",
	"metrics":              "flows/watch mqtt mqtt/session report/events",
	"tui/paint":            "",
	"tui/prompt":           "tui/paint",
	"tui/suggest":          "internal/wire",
	"tui/keep":             "",
	"tui/scope":            "flows flows/assets flows/delivery flows/index pcaps rules s7comm/variable",
	"tui/pane":             "rules tui/paint tui/scope decode flows flows/index flows/tcp mqtt",
	"tui/overview":         "tui/paint tui/pane tui/scope internal/wire flows flows/assets flows/delivery flows/frames flows/index flows/latency flows/tcp mqtt s7comm s7comm/variable decode decode/filter pcaps pcaps/write report rules",
	"tui/sessions":         "tui/paint tui/pane tui/scope internal/wire flows flows/assets flows/delivery flows/frames flows/index flows/latency flows/tcp mqtt s7comm s7comm/variable decode decode/filter pcaps pcaps/write report rules",
	"tui/ladder":           "tui/paint tui/pane tui/scope internal/wire flows flows/assets flows/delivery flows/frames flows/index flows/latency flows/tcp mqtt s7comm s7comm/variable decode decode/filter pcaps pcaps/write report rules",
	"tui/packets":          "tui/paint tui/pane tui/scope internal/wire flows flows/assets flows/delivery flows/frames flows/index flows/latency flows/tcp mqtt s7comm s7comm/variable decode decode/filter pcaps pcaps/write report rules",
	"tui/findings":         "tui/paint tui/pane tui/scope internal/wire flows flows/assets flows/delivery flows/frames flows/index flows/latency flows/tcp mqtt s7comm s7comm/variable decode decode/filter pcaps pcaps/write report rules",
	"tui/topics":           "tui/paint tui/pane tui/scope internal/wire flows flows/assets flows/delivery flows/frames flows/index flows/latency flows/tcp mqtt s7comm s7comm/datatype s7comm/variable decode decode/filter pcaps pcaps/write report rules",
	"tui/plcdata":          "tui/paint tui/pane tui/scope internal/wire flows flows/assets flows/delivery flows/frames flows/index flows/latency flows/tcp mqtt s7comm s7comm/variable decode decode/filter pcaps pcaps/write report rules",
	"tui/delivery":         "tui/paint tui/pane tui/scope internal/wire flows flows/assets flows/delivery flows/frames flows/index flows/latency flows/tcp mqtt s7comm s7comm/variable decode decode/filter pcaps pcaps/write report rules",
	"tui":                  "tui/paint tui/pane tui/scope internal/wire flows flows/assets flows/delivery flows/frames flows/index flows/latency flows/tcp mqtt s7comm s7comm/variable decode decode/filter pcaps pcaps/write report rules tui/overview tui/sessions tui/ladder tui/packets tui/findings tui/topics tui/plcdata tui/delivery tui/prompt tui/suggest tui/keep internal/near internal/manual",
	"report/merge":         "report rules flows/delivery flows/tcp mqtt mqtt/session pcaps",
	"cmd/plcscope":         "report/merge pcaps/replay metrics mqtt/session export outlet report/events flows/watch pcaps/live/filter tui tui/keep tui/pane tui/paint tui/scope internal/near internal/manual report rules rules/mqttrules rules/s7rules rules/siterules rules/profile flows flows/assets flows/bridge flows/delivery flows/latency flows/tcp flows/values mqtt mqtt/websocket s7comm s7comm/datatype s7comm/symbol s7comm/variable decode decode/filter flows/frames pcaps pcaps/live pcaps/samples pcaps/write internal/wire",

	// Tools of the house, not of the product.
	"bench":              "bench/gen",
	"bench/gen":          "",
	"bench/loss":         "pcaps",
	"internal/mkdocs":    "internal/manual rules rules/mqttrules rules/s7rules rules/siterules",
	"internal/mksamples": "pcaps pcaps/craft mqtt s7comm",
	"internal/uitest":    "flows tui tui/pane tui/paint tui/scope flows/assets flows/delivery flows/values s7comm/variable pcaps pcaps/samples rules rules/mqttrules rules/s7rules",
	"internal/talk":      "rules flows decode pcaps pcaps/craft",
}

// pure packages turn bytes into values: they do no input or output, ask nobody
// for the time and know no library but Go's.
var pure = []string{"internal/wire", "internal/fingerprint", "mqtt", "mqtt/session", "s7comm/datatype", "s7comm/variable", "mqtt/broker", "mqtt/websocket", "s7comm", "flows/tcp", "rules"}

// impure is what they do without.
var impure = []string{"net", "os", "os/exec", "time", "log", "log/slog", "syscall", "io", "bufio"}

func TestImports(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	seen := map[string]bool{}
	for dir, files := range packages(t) {
		allowed, ok := layers[dir]
		if !ok {
			t.Errorf("package %s has no line in layers", dir)
			continue
		}
		seen[dir] = true
		for name, f := range files {
			test := strings.HasSuffix(name, "_test.go")
			for _, spec := range f.Imports {
				path := strings.Trim(spec.Path.Value, `"`)
				if own, ok := strings.CutPrefix(path, "plcscope/"); ok {
					if !test && !slices.Contains(strings.Fields(allowed), own) {
						t.Errorf("%s imports %s, which layers does not allow", name, own)
					}
					continue
				}
				if test || !slices.Contains(pure, dir) {
					continue
				}
				if slices.Contains(impure, path) && !(dir == "internal/wire" && path == "time") { // it prints times

					t.Errorf("%s imports %s: a pure package does without", name, path)
				}
				if strings.Contains(path, ".") {
					t.Errorf("%s imports %s: a pure package knows no library", name, path)
				}
			}
		}
	}
	for dir := range layers {
		if !seen[dir] {
			t.Errorf("layers names %s, which is no package", dir)
		}
	}
}

// TestNobodyAsksForTheTime keeps the wall clock out of the analysis: the same
// capture must give the same bytes of output.
func TestNobodyAsksForTheTime(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	for dir, files := range packages(t) {
		if strings.HasPrefix(dir, "cmd/") || dir == "tui" || strings.HasPrefix(dir, "tui/") || dir == "internal/uitest" || dir == "bench" || dir == "bench/loss" {
			continue
		}
		for name, f := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok {
					if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" && (s.Sel.Name == "Now" || s.Sel.Name == "Since") {
						t.Errorf("%s calls time.%s", name, s.Sel.Name)
					}
				}
				return true
			})
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	if testing.Short() {
		t.Skip("long; go test without -short runs it")
	}
	for dir, files := range packages(t) {
		longest := 0
		for _, f := range files {
			if f.Doc != nil {
				longest = max(longest, len(f.Doc.Text()))
			}
		}
		if longest < 80 {
			t.Errorf("package %s: its documentation has %d characters", dir, longest)
		}
	}
}

// packages parses the module, in this process: a list made by the go command
// would be cached without regard to the files that it read.
func packages(t *testing.T) map[string]map[string]*ast.File {
	t.Helper()
	root := filepath.Join("..", "..")
	all := map[string]map[string]*ast.File{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			name := d.Name()
			if path != root && (strings.HasPrefix(name, ".") && name != ".." || name == "testdata" || name == "node_modules") {
				return filepath.SkipDir
			}
			if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil && path != root {
				return filepath.SkipDir // a module of its own
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		dir := filepath.ToSlash(rel)
		if all[dir] == nil {
			all[dir] = map[string]*ast.File{}
		}
		all[dir][filepath.ToSlash(path)] = f
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
