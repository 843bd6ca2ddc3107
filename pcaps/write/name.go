package write

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// partial ends the name of a file that is being written.
const partial = ".part"

// naming makes the names of a ring's files, as tshark does.
type naming struct {
	stem string // NAME without what follows
	ext  string // ".pcapng", ".pcapng.zst"
	zone *time.Location
}

func newNaming(name string, packed bool, zone *time.Location) naming {
	stem, zst := strings.CutSuffix(name, ".zst")
	ext := filepath.Ext(stem)
	stem = strings.TrimSuffix(stem, ext)
	if zst || packed {
		ext += ".zst"
	}
	if zone == nil {
		zone = time.Local
	}
	return naming{stem, ext, zone}
}

// file is the name of the file with a number, begun at t: NAME_00001_20060102150405.pcapng.
func (n *naming) file(number int, t int64) string {
	return fmt.Sprintf("%s_%05d_%s%s", n.stem, number, time.Unix(0, t).In(n.zone).Format(stampLayout), n.ext)
}

const stampLayout = "20060102150405"

// number is the inverse of file; ok is false for the names of other files.
func (n *naming) number(name string) (number int, ok bool) {
	s, ok := strings.CutPrefix(name, n.stem+"_")
	if !ok {
		return 0, false
	}
	if s, ok = strings.CutSuffix(strings.TrimSuffix(s, partial), n.ext); !ok {
		return 0, false
	}
	digits, stamp, _ := strings.Cut(s, "_")
	number, err := strconv.Atoi(digits)
	if err != nil || number < 1 || len(digits) < 5 || len(stamp) != len(stampLayout) {
		return 0, false
	}
	_, err = time.Parse(stampLayout, stamp)
	return number, err == nil
}

// earlier lists the files that an earlier ring of the same name has left, the oldest
// first, and the highest of their numbers. Those that it did not complete get the names
// of complete ones: they are as complete as they will ever be.
func (n *naming) earlier() (files []string, last int, err error) {
	dir := filepath.Dir(n.stem)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, 0, err
	}
	type found struct {
		name   string
		number int
	}
	var l []found
	prefix := strings.TrimSuffix(n.stem, filepath.Base(n.stem))
	for _, e := range entries {
		name := prefix + e.Name()
		number, ok := n.number(name)
		if !ok || !e.Type().IsRegular() {
			continue
		}
		if whole, cut := strings.CutSuffix(name, partial); cut && !exists(whole) {
			if os.Rename(name, whole) == nil {
				name = whole
			}
		}
		l = append(l, found{name, number})
	}
	slices.SortFunc(l, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.name, b.name))
	})
	for _, f := range l {
		files, last = append(files, f.name), f.number
	}
	return files, last, nil
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}
