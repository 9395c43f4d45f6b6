package verify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Folder is a copy of a bucket: keys are paths below it. Symbolic links are not followed.
type Folder string

var _ Source = Folder("")

// List implements Source.
func (f Folder) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		start := filepath.Join(string(f), filepath.FromSlash(prefix[:strings.LastIndexByte(prefix, '/')+1]))
		err := filepath.WalkDir(start, func(path string, entry fs.DirEntry, err error) error {
			if err = errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			name, err := filepath.Rel(string(f), path)
			if err != nil {
				return err
			}
			key := filepath.ToSlash(name)
			if entry.IsDir() {
				if !strings.HasPrefix(key+"/", prefix) && !strings.HasPrefix(prefix, key+"/") {
					return fs.SkipDir
				}
				return nil
			}
			if !strings.HasPrefix(key, prefix) {
				return nil
			}
			object := Object{Key: key}
			if !entry.Type().IsRegular() {
				object.Odd = "it is no regular file (" + entry.Type().String() + "), so it is not read"
			}
			if !yield(object, nil) {
				return fs.SkipAll
			}
			return nil
		})
		if err != nil {
			yield(Object{}, fmt.Errorf("list folder %s: %w", start, err))
		}
	}
}

// Read implements Source.
func (f Folder) Read(_ context.Context, key, _ string, limit int64) ([]byte, error) {
	if !filepath.IsLocal(filepath.FromSlash(key)) {
		return nil, fmt.Errorf("%w: %s leads out of the folder", ErrAbsent, key)
	}
	path := filepath.Join(string(f), filepath.FromSlash(key))
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, ErrAbsent
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, ErrAbsent // List has said why
	case info.Size() > limit:
		return nil, ErrTooLarge
	}
	return readFile(path, info.Size(), limit)
}

func readFile(path string, size, limit int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	body := make([]byte, size)
	n, err := io.ReadFull(file, body)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if int64(n) > limit {
		return nil, ErrTooLarge
	}
	return body[:n], nil
}

// Versioned implements Source.
func (Folder) Versioned() bool { return false }

// Readers implements Source.
func (Folder) Readers() int { return runtime.GOMAXPROCS(0) }

// Logs are the names of the logs that the folder holds copies of.
func (f Folder) Logs() ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(string(f), "audit", "v1"))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() && !strings.HasPrefix(entry.Name(), ".") {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}
