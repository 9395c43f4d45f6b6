package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// follower reads the lines of a file that another process appends to. It takes whole lines only: half a one at the end may
// still be cut. Where the file is replaced, it goes on with the new one's first line.
type follower struct {
	path string
	file *os.File
	at   int64 // offset of the next line
}

// maxEventLine is more than a line has: EventBridge takes 1 MiB at most, and JSON may write each byte in six.
const maxEventLine = 8 << 20

// begin opens the file, at its first line or after its last.
func (f *follower) begin(first bool) error {
	file, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("follow events: %w: a target file of outflow dev has it beside it", err)
	}
	if err != nil {
		return fmt.Errorf("follow events: %w", err)
	}
	f.file = file
	if first {
		return nil
	}
	for {
		found, err := f.lines(func([]byte) error { return nil })
		if err != nil || !found {
			return err
		}
	}
}

func (f *follower) close() {
	if f.file != nil {
		f.file.Close()
	}
}

// lines gives the lines that came since to each, and says whether there were any.
func (f *follower) lines(each func([]byte) error) (found bool, err error) {
	chunk := make([]byte, 256<<10)
	for {
		n, err := f.file.ReadAt(chunk, f.at)
		if err != nil && !errors.Is(err, io.EOF) {
			return found, fmt.Errorf("follow events: %w", err)
		}
		end := bytes.LastIndexByte(chunk[:n], '\n') + 1
		switch {
		case end > 0:
		case n == len(chunk) && n < maxEventLine:
			chunk = make([]byte, 2*n)
			continue
		case n == len(chunk):
			return found, fmt.Errorf("follow events: %s: a line of more than %d bytes is no event", f.path, maxEventLine)
		default:
			return found, f.reopen()
		}
		for line := range bytes.Lines(chunk[:end]) {
			f.at += int64(len(line))
			if err := each(bytes.TrimSuffix(line, []byte("\n"))); err != nil {
				return true, err
			}
		}
		found = true
	}
}

// reopen opens the file anew if it is another now.
func (f *follower) reopen() error {
	old, err := f.file.Stat()
	if err != nil {
		return fmt.Errorf("follow events: %w", err)
	}
	now, err := os.Stat(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it may come again
	}
	if err != nil {
		return fmt.Errorf("follow events: %w", err)
	}
	if os.SameFile(old, now) && now.Size() >= f.at {
		return nil
	}
	f.close()
	f.at = 0
	if f.file, err = os.Open(f.path); err != nil {
		return fmt.Errorf("follow events: %w", err)
	}
	return nil
}
