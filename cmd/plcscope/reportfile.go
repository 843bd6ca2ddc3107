package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// reportFile is a report that goes into a file. It is written beside its place and
// moved there when it is complete, so that nobody ever reads half a report. Until
// there is something to write nothing lies there, for a run may take months and end
// in any way.
type reportFile struct {
	format string
	path   string
	pipe   bool     // it goes to a pipe or a device, which stays what it is
	device *os.File // that one
}

// newReportFile says where a report will go, and is an error when it cannot go there.
func newReportFile(format, path string, inputs []string) (*reportFile, error) {
	if err := sparesInputs(path, inputs); err != nil {
		return nil, err
	}
	f := &reportFile{format: format, path: filepath.Clean(path)}
	var err error
	if st, statErr := os.Stat(path); statErr == nil && !st.Mode().IsRegular() {
		if f.device, err = os.OpenFile(path, os.O_WRONLY, 0); err != nil {
			return nil, fmt.Errorf("report %s cannot be written: %w", path, bare(err))
		}
		f.pipe = true
		return f, nil
	}
	if real, err := filepath.EvalSymlinks(f.path); err == nil {
		f.path = real
	}
	beside, err := f.beside()
	if err != nil {
		return nil, fmt.Errorf("report %s cannot be written: %w", path, bare(err))
	}
	return f, errors.Join(beside.Close(), os.Remove(beside.Name()))
}

// sparesInputs reports an error when path is one of the files that are read.
func sparesInputs(path string, inputs []string) error {
	st, err := os.Stat(path)
	if err != nil || !st.Mode().IsRegular() {
		return nil // there is nothing that could be lost
	}
	for _, in := range inputs {
		if x, err := os.Stat(in); err == nil && os.SameFile(st, x) {
			return fmt.Errorf("report %s would take the place of a file that is read; give it another name", path)
		}
	}
	return nil
}

// beside begins the file that will be moved to the report's place.
func (f *reportFile) beside() (*os.File, error) {
	name := filepath.Join(filepath.Dir(f.path), fmt.Sprintf(".%s.%d.tmp", filepath.Base(f.path), os.Getpid()))
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
}

// write writes the report, whole or not at all.
func (f *reportFile) write(render func(io.Writer) error) error {
	err := f.put(render)
	if err != nil {
		return fmt.Errorf("report %s: %w", f.path, bare(err))
	}
	return nil
}

func (f *reportFile) put(render func(io.Writer) error) error {
	if f.pipe {
		return f.feed(render)
	}
	file, err := f.beside()
	if err != nil {
		return err
	}
	if err = fill(file, render); err == nil {
		err = os.Rename(file.Name(), f.path)
	}
	if err != nil {
		_ = os.Remove(file.Name()) // half a report is none
	}
	return err
}

// feed writes to a pipe or a device, which stays open for the reports that follow. Where its
// reader is gone, another may have come; nobody waits for one.
func (f *reportFile) feed(render func(io.Writer) error) error {
	err := pour(f.device, render)
	if !errors.Is(err, syscall.EPIPE) {
		return err
	}
	again, e := os.OpenFile(f.path, os.O_WRONLY|syscall.O_NONBLOCK, 0)
	if e != nil {
		return errors.New("nobody reads it any more")
	}
	_ = f.device.Close() // nothing waits in it
	f.device = again
	return pour(again, render)
}

func pour(w io.Writer, render func(io.Writer) error) error {
	b := bufio.NewWriter(w)
	if err := render(b); err != nil {
		return err
	}
	return b.Flush()
}

// fill writes a file and closes it.
func fill(f *os.File, render func(io.Writer) error) error {
	return errors.Join(pour(f, render), f.Close())
}

// bare is an error of a file without the name that the system knows it by, for a
// message that begins with the one that was given.
func bare(err error) error {
	var e *fs.PathError
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}
