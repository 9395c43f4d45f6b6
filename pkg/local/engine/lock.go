package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// lock is a file that one program at a time holds. The kernel gives it up when the program ends, however it ends, so
// no lock is ever stale; the process id in it is for people. The file stays where it is: removing it would let two
// programs hold two files of one name.
type lock struct{ file *os.File }

// BusyError says that a running program holds a folder.
type BusyError struct {
	Folder string
	PID    int // 0 if the program has not written it yet
}

func (e *BusyError) Error() string {
	holder := "another process"
	if e.PID > 0 {
		holder = fmt.Sprintf("process %d", e.PID)
	}
	return fmt.Sprintf("%s is in use by %s, which is running; stop that one first, or choose another folder", e.Folder, holder)
}

// take locks the file at path, or answers a BusyError.
func take(path string) (*lock, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the lock: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer func() { _ = file.Close() }()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, &BusyError{Folder: filepath.Dir(path), PID: holder(file)}
		}
		return nil, fmt.Errorf("lock %s: %w; choose a folder on a local disk", path, err)
	}
	if err := sign(file); err != nil {
		return nil, errors.Join(fmt.Errorf("write the lock: %w", err), file.Close())
	}
	return &lock{file: file}, nil
}

func sign(file *os.File) error {
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err := fmt.Fprintln(file, os.Getpid())
	return err
}

func holder(file *os.File) int {
	text, _ := io.ReadAll(io.LimitReader(file, 32))
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text))) // not written yet is 0
	return pid
}

// takeWhenFree takes the lock as soon as its holder gives it up; it calls waiting once if it must wait.
func takeWhenFree(ctx context.Context, path string, waiting func(*BusyError)) (*lock, error) {
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	told := false
	for {
		held, err := take(path)
		var busy *BusyError
		if !errors.As(err, &busy) {
			return held, err
		}
		if !told {
			waiting(busy)
			told = true
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), busy)
		case <-ticker.C:
		}
	}
}

// release lets the next program in.
func (l *lock) release() error { return l.file.Close() }
