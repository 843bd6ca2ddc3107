package keep

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

// Bounds of what is kept.
const (
	MaxFiles = 200     // captures; those that were not opened for longest are forgotten
	maxBytes = 1 << 20 // of one file
	head     = 16 << 10
)

// Capture is what the user had set for a capture.
type Capture struct {
	Version   int                          `json:"version"`
	Name      string                       `json:"name"` // for people who look into the folder
	View      string                       `json:"view,omitempty"`
	Frame     uint32                       `json:"frame,omitempty"` // that was selected
	Filter    string                       `json:"filter,omitempty"`
	Clock     string                       `json:"clock,omitempty"`
	Reference int64                        `json:"reference,omitempty"` // nanoseconds since 1970
	Private   bool                         `json:"private,omitempty"`
	Marks     []uint32                     `json:"marks,omitempty"` // frames
	Notes     map[uint32]string            `json:"notes,omitempty"` // by frame
	Sessions  []uint32                     `json:"sessions,omitempty"`
	Views     map[string]map[string]string `json:"views,omitempty"` // what each view keeps
}

// Common is what holds for all captures.
type Common struct {
	Version  int      `json:"version"`
	Theme    string   `json:"theme,omitempty"`
	Filters  []string `json:"filters,omitempty"` // that were typed, the oldest first
	Commands []string `json:"commands,omitempty"`
	Searches []string `json:"searches,omitempty"`
}

// version is that of the shape of the files. Others are not understood.
const version = 1

// Folder is where the user's programs keep such things.
func Folder() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "plcscope"), nil
	}
	switch runtime.GOOS {
	case "windows", "darwin", "ios":
		dir, err := os.UserConfigDir()
		return filepath.Join(dir, "plcscope"), err
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".local", "state", "plcscope"), err
}

// Key tells captures apart: by their absolute paths, sizes and first bytes. It is false
// for what is no regular file, of which nothing is kept.
func Key(names []string) (string, bool) {
	h := sha256.New()
	for _, name := range names {
		path, err := filepath.Abs(name)
		if err != nil {
			return "", false
		}
		st, err := os.Stat(path)
		if err != nil || !st.Mode().IsRegular() {
			return "", false
		}
		f, err := os.Open(path)
		if err != nil {
			return "", false
		}
		fmt.Fprintf(h, "%q %d\n", path, st.Size())
		_, err = io.CopyN(h, f, head)
		f.Close()
		if err != nil && !errors.Is(err, io.EOF) {
			return "", false
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), len(names) > 0
}

// Store is a folder of such files. The zero Store keeps nothing.
type Store struct{ Dir string }

// Capture returns what is kept of a capture, nil when that is nothing.
func (s Store) Capture(key string) (*Capture, error) {
	var c Capture
	ok, err := s.read(key, &c)
	if !ok || err != nil {
		return nil, err
	}
	return &c, nil
}

// SetCapture keeps c, and forgets the captures that were kept longest ago when there are
// too many.
func (s Store) SetCapture(key string, c *Capture) error {
	c.Version = version
	if err := s.write(key, c); err != nil || s.Dir == "" {
		return err
	}
	return s.prune()
}

// Common returns what holds for all captures.
func (s Store) Common() (*Common, error) {
	var c Common
	_, err := s.read(common, &c)
	return &c, err
}

// SetCommon keeps it.
func (s Store) SetCommon(c *Common) error {
	c.Version = version
	return s.write(common, c)
}

// common is the name of the file for all captures, which no key can be.
const common = "common"

func (s Store) path(key string) string { return filepath.Join(s.Dir, key+".json") }

// read reports whether there is something. What cannot be understood is an error and
// leaves v as it was.
func (s Store) read(key string, v any) (bool, error) {
	if s.Dir == "" || key == "" {
		return false, nil
	}
	f, err := os.Open(s.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return false, err
	}
	var shape struct{ Version int }
	switch err := json.Unmarshal(b, &shape); {
	case len(b) > maxBytes:
		return false, fmt.Errorf("%s is too long and not used", f.Name())
	case err != nil:
		return false, fmt.Errorf("%s is damaged and not used", f.Name())
	case shape.Version != version:
		return false, fmt.Errorf("%s is of another version and not used", f.Name())
	}
	if err := json.Unmarshal(b, v); err != nil {
		return false, fmt.Errorf("%s is damaged and not used", f.Name())
	}
	return true, nil
}

// write puts a file in the place of another one, whole or not at all.
func (s Store) write(key string, v any) error {
	if s.Dir == "" || key == "" {
		return nil
	}
	b, err := json.MarshalIndent(v, "", "\t")
	if err != nil {
		return err
	}
	if len(b) > maxBytes {
		return fmt.Errorf("what was set for this capture takes %d bytes and is not kept", len(b))
	}
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(s.Dir, "."+key+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), s.path(key))
	}
	if err != nil {
		_ = os.Remove(f.Name()) // half a file is of no use
	}
	return err
}

// prune forgets the captures that were kept longest ago.
func (s Store) prune() error {
	entries, err := os.ReadDir(s.Dir)
	if err != nil {
		return err
	}
	var l []fs.FileInfo
	for _, e := range entries {
		x, err := e.Info()
		if err == nil && x.Mode().IsRegular() && filepath.Ext(x.Name()) == ".json" && x.Name() != common+".json" {
			l = append(l, x)
		}
	}
	slices.SortFunc(l, func(a, b fs.FileInfo) int {
		return cmp.Or(b.ModTime().Compare(a.ModTime()), cmp.Compare(a.Name(), b.Name()))
	})
	for _, x := range l[min(len(l), MaxFiles):] {
		err = errors.Join(err, os.Remove(filepath.Join(s.Dir, x.Name())))
	}
	return err
}
