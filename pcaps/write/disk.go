package write

import (
	"io"
	"os"
	"path/filepath"
)

// disk is what a ring needs of a file system; tests break it.
type disk interface {
	create(name string) (file, error) // for writing at its end; it must not exist
	room(name string) error           // whether a file of that name could be written
	rename(from, to string) error     // durably
	remove(name string) error
}

type file interface {
	io.WriteCloser
	Truncate(size int64) error
	Sync() error
}

// realDisk is the file system.
type realDisk struct{}

func (realDisk) create(name string) (file, error) {
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o640)
}

// roomNeeded is how much must fit on a disk that was full before files are begun again.
const roomNeeded = 1 << 20

func (realDisk) room(name string) error {
	name += ".room"
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer os.Remove(name)
	zeros := make([]byte, roomNeeded)
	_, err = f.Write(zeros)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

func (realDisk) rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	if d, err := os.Open(filepath.Dir(to)); err == nil {
		_ = d.Sync() // some file systems cannot: the name is then as durable as they make it
		d.Close()
	}
	return nil
}

func (realDisk) remove(name string) error { return os.Remove(name) }
