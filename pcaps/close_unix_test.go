//go:build unix

package pcaps

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestCloseEndsAWait closes a capture while a read of a silent pipe waits.
func TestCloseEndsAWait(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Skip("no named pipes here:", err)
	}
	go func() {
		w, err := os.OpenFile(fifo, os.O_WRONLY, 0)
		if err == nil {
			defer w.Close()
			w.Write(pcapHead(le, magicNano, 0, 1))
			time.Sleep(5 * time.Second)
		}
	}()
	c, err := Open([]string{fifo}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(50*time.Millisecond, func() { c.Close() })
	var b Batch
	start := time.Now()
	if err := c.Next(&b); err != errClosed {
		t.Errorf("error %v, want %v", err, errClosed)
	}
	if d := time.Since(start); d > 3*time.Second {
		t.Errorf("the wait took %v", d)
	}
}
