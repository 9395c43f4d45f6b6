package bus

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
)

// lineFile is a file that consists of whole lines, whatever happens to its one writer.
type lineFile struct {
	mu   sync.Mutex
	file *os.File
	torn int64 // bytes at the end that a failed append left and that could not be cut yet
}

// openLines opens or creates the file and takes its lock, which ends with the process. Half a line at the end, left by
// a writer that was killed and never acknowledged, is cut; cut is its length in bytes.
func openLines(name string) (f *lineFile, cut int64, err error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, 0, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = fmt.Errorf("open %s: another process writes it; stop that one or use another directory", name)
	}
	if err == nil {
		cut, err = cutHalfLine(file)
	}
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return &lineFile{file: file}, cut, nil
}

// append writes whole lines. On an error nothing of them stays in the file.
func (f *lineFile) append(lines []byte) error {
	if len(lines) == 0 {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.mend(); err != nil {
		return err
	}
	n, err := f.file.Write(lines)
	if err == nil {
		return nil
	}
	f.torn = int64(n)
	return errors.Join(err, f.mend())
}

// mend cuts what a failed append left.
func (f *lineFile) mend() error {
	if f.torn == 0 {
		return nil
	}
	info, err := f.file.Stat()
	if err == nil {
		err = f.file.Truncate(info.Size() - f.torn)
	}
	if err != nil {
		return fmt.Errorf("cut the rest of a failed write: %w", err)
	}
	f.torn = 0
	return nil
}

func (f *lineFile) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.file.Close()
}

func cutHalfLine(file *os.File) (int64, error) {
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	size := info.Size()
	end, err := endOfLines(file, size)
	if err != nil || end == size {
		return 0, err
	}
	return size - end, file.Truncate(end)
}

// endOfLines is the offset after the last newline.
func endOfLines(file *os.File, size int64) (int64, error) {
	buf := make([]byte, 64<<10)
	for end := size; end > 0; {
		start := max(0, end-int64(len(buf)))
		chunk := buf[:end-start]
		if _, err := file.ReadAt(chunk, start); err != nil {
			return 0, err
		}
		if i := bytes.LastIndexByte(chunk, '\n'); i >= 0 {
			return start + int64(i) + 1, nil
		}
		end = start
	}
	return 0, nil
}
