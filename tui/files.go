package tui

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// files completes the name of a file.
func files(prefix string) (l []string) {
	dir, begin := filepath.Split(expanded(prefix))
	typed, _ := filepath.Split(prefix)
	entries, err := os.ReadDir(filepath.Clean("./" + dir))
	if filepath.IsAbs(dir) {
		entries, err = os.ReadDir(dir)
	}
	if err != nil {
		return nil
	}
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, begin) || begin == "" && strings.HasPrefix(name, ".") {
			continue
		}
		if e.IsDir() {
			name += string(filepath.Separator)
		}
		if l = append(l, typed+name); len(l) == 200 {
			break
		}
	}
	return l
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
