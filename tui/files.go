package tui

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// listing are the names in a folder, which were read beside the interface: a folder may be
// large, or far away.
type listing struct {
	folder string
	names  []string // those of folders end in a separator
	ready  bool
}

// maxListed bounds how many names of a folder are proposed.
const maxListed = 10_000

// files completes the name of a file. Of a folder that has not been read yet nothing is
// known; the proposals come when it has.
func (a *App) files(prefix string) (l []string) {
	typed, begin := filepath.Split(prefix)
	folder := filepath.Clean(cmp.Or(expanded(typed), "."))
	if a.listing.folder != folder {
		a.list(folder)
	}
	for _, name := range a.listing.names {
		if strings.HasPrefix(name, begin) && (begin != "" || !strings.HasPrefix(name, ".")) {
			l = append(l, typed+name)
		}
	}
	return l
}

// list reads the names in a folder.
func (a *App) list(folder string) {
	a.listing = listing{folder: folder}
	a.beside(func() {
		x := listing{folder: folder, ready: true}
		if f, err := os.Open(folder); err == nil {
			entries, _ := f.ReadDir(maxListed) // what can be read
			f.Close()
			for _, e := range entries {
				name := e.Name()
				if e.IsDir() {
					name += string(filepath.Separator)
				}
				x.names = append(x.names, name)
			}
			slices.Sort(x.names)
		}
		a.queue(func() {
			if a.listing.folder == folder {
				a.listing = x
			}
			if a.input != nil {
				a.input.Renew()
			}
		})
	})
}

// expanded puts the user's folder in the place of ~.
func expanded(name string) string {
	if home, err := os.UserHomeDir(); err == nil {
		if name == "~" || strings.HasPrefix(name, "~/") {
			return home + name[1:]
		}
	}
	return name
}

// place is where a file will be written: never over one that is read, and only by force
// over another one.
func (a *App) place(name string, force bool) (string, error) {
	if name == "" {
		return "", errors.New("name the file to write")
	}
	name = expanded(name)
	st, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return name, nil
	case err != nil:
		return "", err
	case st.IsDir():
		return "", fmt.Errorf("%s is a folder", name)
	}
	if slices.ContainsFunc(a.opt.Inputs, func(in string) bool {
		x, err := os.Stat(in)
		return err == nil && os.SameFile(x, st)
	}) {
		return "", fmt.Errorf("%s is read from; give what is written another name", name)
	}
	if !force {
		return "", fmt.Errorf("%s exists; with ! behind the command it is replaced", name)
	}
	return name, nil
}

// create fills a file that is beside its place until it is complete. When fill fails,
// what was there before stays.
func create(name string, fill func(io.Writer) error) (err error) {
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*.part")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // half of it is of no use
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	if err := errors.Join(fill(w), w.Flush(), f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
