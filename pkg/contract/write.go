package contract

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/outflow-dev/outflow/internal/wholefile"
)

// Written counts what Write did.
type Written struct {
	Files     int      `json:"files"`     // of the contract
	Changed   int      `json:"changed"`   // written, since they were not there or had another content
	Removed   []string `json:"removed"`   // no longer made; paths with slashes, relative to the folder
	Unchanged int      `json:"unchanged"` // left alone
}

// ErrForeign says that a folder has something of somebody else's where a file is to be written. Nothing is written
// then.
var ErrForeign = errors.New("is not a file that outflow generate wrote; name another folder, or move it away")

// Write puts the files into the folder, which it makes if it is missing, and removes those that an earlier call put
// there and that are no longer made. It touches no file without Marker, and none that has its content already.
func Write(folder, model string, files []File) (Written, error) {
	done := Written{Files: len(files), Removed: []string{}}
	if err := checkFolder(folder, model, files); err != nil {
		return done, err
	}
	for _, f := range files {
		path := filepath.Join(folder, filepath.FromSlash(f.Path))
		if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, f.Content) {
			done.Unchanged++
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return done, fmt.Errorf("make output folder: %w", err)
		}
		if err := wholefile.Replace(path, f.Content, 0o644); err != nil {
			return done, err
		}
		done.Changed++
	}
	removed, err := removeOld(folder, files)
	done.Removed = append(done.Removed, removed...)
	return done, err
}

// checkFolder names all that stands in the way.
func checkFolder(folder, model string, files []File) error {
	var faults []error
	for _, f := range files {
		path := filepath.Join(folder, filepath.FromSlash(f.Path))
		old, err := os.ReadFile(path)
		switch {
		case errors.Is(err, os.ErrNotExist):
		case err != nil:
			faults = append(faults, fmt.Errorf("look into output folder: %w", err))
		case !isGenerated(old):
			faults = append(faults, fmt.Errorf("%s %w", path, ErrForeign))
		case f.Path == Name:
			if c, err := Load(old); err == nil && c.Model != model {
				faults = append(faults, fmt.Errorf("%s is the contract of model %s, not of %s: name another folder", path, c.Model, model))
			}
		}
	}
	return errors.Join(faults...)
}

// markerWithin is how far into a file its marker may end: no line or two before it are longer.
const markerWithin = 300

func isGenerated(content []byte) bool {
	return bytes.Contains(content[:min(len(content), markerWithin)], []byte(Marker))
}

// removeOld removes the generated files that are not among files, and folders that are empty then.
func removeOld(folder string, files []File) ([]string, error) {
	made := map[string]bool{}
	for _, f := range files {
		made[f.Path] = true
	}
	var removed []string
	for _, sub := range []string{"", schemasFolder, registryFolder, goFolder, typescriptFolder, pythonFolder} {
		entries, err := os.ReadDir(filepath.Join(folder, sub))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return removed, fmt.Errorf("look into output folder: %w", err)
		}
		left := len(entries)
		for _, entry := range entries {
			name := filepath.ToSlash(filepath.Join(sub, entry.Name()))
			if made[name] || !entry.Type().IsRegular() {
				continue
			}
			gone, err := removeGenerated(filepath.Join(folder, name))
			if err != nil {
				return removed, err
			}
			if gone {
				removed = append(removed, name)
				left--
			}
		}
		if left == 0 && sub != "" && len(entries) > 0 {
			if err := os.Remove(filepath.Join(folder, sub)); err != nil {
				return removed, fmt.Errorf("remove empty folder: %w", err)
			}
		}
	}
	return removed, nil
}

func removeGenerated(path string) (bool, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return false, fmt.Errorf("look into output folder: %w", err)
	}
	if !isGenerated(content) {
		return false, nil
	}
	if err := os.Remove(path); err != nil {
		return false, fmt.Errorf("remove old file: %w", err)
	}
	return true, nil
}
