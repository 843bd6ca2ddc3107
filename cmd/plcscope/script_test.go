package main

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"plcscope/pcaps/samples"
)

var update = flag.Bool("update", false, "write what the commands print into the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"plcscope": func() { os.Exit(run(os.Args[1:])) },
	})
}

// The scripts run the program as a user does. The samples lie in their working
// directory.
func TestScripts(t *testing.T) {
	dir, only := filepath.Join("testdata", "script"), []string(nil)
	if testing.Short() { // for the race detector: those that differ in what runs beside what
		for _, name := range []string{"audit", "check", "export", "live", "replay"} {
			only = append(only, filepath.Join(dir, name+".txtar"))
		}
		dir = ""
	}
	testscript.Run(t, testscript.Params{
		Dir:           dir,
		Files:         only,
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			for _, name := range samples.Names() {
				if err := os.WriteFile(filepath.Join(env.WorkDir, name), samples.Bytes(name), 0o666); err != nil {
					return err
				}
			}
			env.Setenv("TZ", "UTC")
			header := samples.Bytes("mqtt31-plc-healthy.pcap")[:24]
			damaged := append(slices.Clone(header), strings.Repeat("\xff", 100)...)
			return os.WriteFile(filepath.Join(env.WorkDir, "damaged.pcap"), damaged, 0o666)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits runs a program and demands its exit code: exits 2 plcscope read
func exits(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARGUMENT...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%s: %v", args[1], err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}
