package engine

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// recorded reads lines "SHA-256  file name".
func recorded(text string) (map[string]string, error) {
	sums := map[string]string{}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "#" {
			continue
		}
		if len(fields) != 2 || len(fields[0]) != 2*sha256.Size {
			return nil, fmt.Errorf("checksums.txt: %q is not a SHA-256 and a file name", strings.TrimSpace(line))
		}
		sums[fields[1]] = fields[0]
	}
	return sums, nil
}

// verify fails unless the folder holds exactly the files of sums, with these checksums.
func verify(folder string, sums map[string]string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("read what was fetched: %w", err)
	}
	var faults []error
	for _, entry := range entries {
		if sum, known := sums[entry.Name()]; !known {
			faults = append(faults, fmt.Errorf("%s is not in checksums.txt", entry.Name()))
		} else if err := verifyFile(filepath.Join(folder, entry.Name()), sum); err != nil {
			faults = append(faults, err)
		}
	}
	if len(faults) == 0 && len(entries) != len(sums) {
		faults = append(faults, fmt.Errorf("%d files came, checksums.txt has %d", len(entries), len(sums)))
	}
	return errors.Join(faults...)
}

func verifyFile(path, want string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != want {
		return fmt.Errorf("%s has SHA-256 %s, recorded is %s: it was damaged or replaced on its way; "+
			"remove it from Maven's local repository and fetch again", filepath.Base(path), got, want)
	}
	return nil
}

// unzip unpacks an archive whose files all lie in one top folder into folder, without that top folder.
func unzip(ctx context.Context, archive, folder string) error {
	reader, err := zip.OpenReader(archive)
	if err != nil {
		return fmt.Errorf("open %s: %w", archive, err)
	}
	defer func() { _ = reader.Close() }()
	for _, entry := range reader.File {
		_, name, _ := strings.Cut(entry.Name, "/")
		if name == "" || entry.FileInfo().IsDir() {
			continue
		}
		if !filepath.IsLocal(name) {
			return fmt.Errorf("unpack %s: %q leads out of the archive", archive, entry.Name)
		}
		if err := errors.Join(ctx.Err(), unzipFile(entry, filepath.Join(folder, name))); err != nil {
			return fmt.Errorf("unpack %s: %w", entry.Name, err)
		}
	}
	for _, empty := range []string{"plugins", "logs"} { // OpenSearch wants them to be there
		if err := os.MkdirAll(filepath.Join(folder, empty), 0o755); err != nil {
			return err
		}
	}
	return nil
}

func unzipFile(entry *zip.File, path string) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	source, err := entry.Open()
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }()
	// readable by the user that OpenSearch runs as, whoever fetched it
	target, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, entry.Mode().Perm()|0o444)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.Close()) }()
	_, err = io.Copy(target, source)
	return err
}
