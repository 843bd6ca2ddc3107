package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// captureNames are the endings by which captures in a folder are known.
var captureNames = []string{".pcap", ".pcapng", ".cap", ".dmp"}

// isCapture reports whether a file in a folder is taken for a capture.
func isCapture(name string) bool {
	name = strings.ToLower(name)
	for _, packed := range []string{".gz", ".zst"} {
		name = strings.TrimSuffix(name, packed)
	}
	return slices.Contains(captureNames, filepath.Ext(name))
}

// expand puts the captures of a folder in the place of its name: of DIR those in it, of
// DIR/... those in the folders below it, too. Other names stay as they are.
func expand(names []string) ([]string, error) {
	var l []string
	for _, name := range names {
		root, deep := strings.CutSuffix(filepath.ToSlash(name), "/...")
		if root = filepath.FromSlash(root); name == "..." {
			root, deep = ".", true
		}
		st, err := os.Stat(root)
		if err != nil || !st.IsDir() {
			l = append(l, name)
			continue
		}
		found := 0
		err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && path != root && !deep:
				return fs.SkipDir
			case !d.IsDir() && isCapture(d.Name()):
				l = append(l, path)
				found++
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if found == 0 {
			return nil, fmt.Errorf("%s: no capture in this folder; files are known by the endings %s, packed with .gz or .zst or not", name, strings.Join(captureNames, ", "))
		}
	}
	return l, nil
}
