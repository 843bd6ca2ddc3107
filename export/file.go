package export

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/parquet-go/parquet-go"
)

// file is a file that bears its name once it is complete.
type file struct {
	f     *os.File
	name  string
	ready bool
}

// partial is the name until then. Engines pass over files that begin with a point.
func (f *file) partial() string {
	return filepath.Join(filepath.Dir(f.name), "."+filepath.Base(f.name)+".tmp")
}

func (f *file) publish() error {
	err := os.Rename(f.partial(), f.name)
	f.ready = err == nil
	return err
}

func (f *file) discard() {
	_ = f.f.Close() // it is removed
	if f.ready {
		_ = os.Remove(f.name)
		return
	}
	_ = os.Remove(f.partial())
}

// folders are those that were made, each behind the one that it lies in.
type folders struct {
	mu   sync.Mutex
	made []string
}

// mkdir makes a folder and those that it lies in. It may be called from any goroutine.
func (l *folders) mkdir(dir string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.make(dir)
}

func (l *folders) make(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if up := filepath.Dir(dir); up != dir {
		if err := l.make(up); err != nil {
			return err
		}
	}
	err := os.Mkdir(dir, 0o755)
	if err == nil {
		l.made = append(l.made, dir)
	} else if errors.Is(err, fs.ErrExist) { // another program was quicker
		err = nil
	}
	return err
}

// discard removes them, unless somebody else has put something into them.
func (l *folders) discard() {
	for _, dir := range slices.Backward(l.made) {
		_ = os.Remove(dir)
	}
	l.made = nil
}

// parquetFile writes Parquet: a row group at each flush, packed with zstd.
type parquetFile[T any] struct {
	f   *file
	w   *parquet.GenericWriter[T]
	row [1]T
}

func newParquet[T any](f *file, tool string) *parquetFile[T] {
	return &parquetFile[T]{f: f, w: parquet.NewGenericWriter[T](f.f, parquet.Compression(&parquet.Zstd), parquet.CreatedBy(tool, "", ""))}
}

func (p *parquetFile[T]) write(r *T) error {
	p.row[0] = *r
	_, err := p.w.Write(p.row[:])
	return err
}

func (p *parquetFile[T]) flush() error { return p.w.Flush() }

func (p *parquetFile[T]) close() error { return errors.Join(p.w.Close(), p.f.f.Close()) }

// jsonFile writes a JSON object a line.
type jsonFile[T any] struct {
	f *file
	w *bufio.Writer
	j *json.Encoder
}

func newJSON[T any](f *file) *jsonFile[T] {
	w := bufio.NewWriterSize(f.f, 64<<10)
	j := json.NewEncoder(w)
	j.SetEscapeHTML(false)
	return &jsonFile[T]{f, w, j}
}

func (p *jsonFile[T]) write(r *T) error { return p.j.Encode(r) }

func (p *jsonFile[T]) flush() error { return p.w.Flush() }

func (p *jsonFile[T]) close() error { return errors.Join(p.w.Flush(), p.f.f.Close()) }
