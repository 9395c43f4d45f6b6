package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/internal/pack"
	"github.com/outflow-dev/outflow/internal/wholefile"
)

// release is one run.
type release struct {
	checkout, folder string
	out              io.Writer
	sums             map[string][]byte // the archives, by name
}

// file is a member of an archive; its name is below the archive's one folder.
type file struct {
	name    string
	mode    int64
	content []byte
}

// platform writes the archive of one platform.
func (r *release) platform(ctx context.Context, platform string) (err error) {
	system, arch, ok := strings.Cut(platform, "/")
	if !ok {
		return errors.New("a platform is OS/ARCH, such as linux/arm64")
	}
	work, err := os.MkdirTemp("", "outflow-release-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	files, err := r.files(ctx, pack.Binary{OS: system, Arch: arch}, work)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("outflow_%s_%s", system, arch)
	archive, err := tarball(name, files)
	if err != nil {
		return err
	}
	r.sums[name+".tar.gz"] = archive
	if err := wholefile.Replace(filepath.Join(r.folder, name+".tar.gz"), archive, 0o644); err != nil {
		return err
	}
	_, err = fmt.Fprintf(r.out, "%s: %d files, %d bytes\n", filepath.Join(r.folder, name+".tar.gz"), len(files), len(archive))
	return err
}

// files are those of an archive, in its order.
func (r *release) files(ctx context.Context, platform pack.Binary, work string) ([]file, error) {
	binaries := []pack.Binary{{Package: "./cmd/outflow", OS: platform.OS, Arch: platform.Arch, Out: "outflow"}}
	for _, name := range pack.Functions() {
		binaries = append(binaries, pack.Binary{
			Package: "./functions/" + name, OS: platform.OS, Arch: platform.Arch, Out: path.Join("functions", name, "bootstrap"),
		})
		for _, arch := range []string{pack.AMD64, pack.ARM64} {
			binaries = append(binaries, pack.Binary{
				Package: "./functions/" + name, OS: "linux", Arch: arch, Out: path.Join("functions", arch, name, "bootstrap"),
			})
		}
	}
	var files []file
	for _, name := range []string{"LICENSE", "README.md", "CHANGELOG.md"} {
		content, err := os.ReadFile(filepath.Join(r.checkout, name))
		if err != nil {
			return nil, err
		}
		files = append(files, file{name, 0o644, content})
	}
	for _, b := range binaries {
		name := b.Out
		b.Out = filepath.Join(work, filepath.FromSlash(name))
		if err := b.Build(ctx, r.checkout); err != nil {
			return nil, err
		}
		content, err := os.ReadFile(b.Out)
		if err != nil {
			return nil, err
		}
		files = append(files, file{name, 0o755, content})
	}
	return files, nil
}

// tarball packs files in their order, below one folder, with the earliest time there is and no owner.
func tarball(folder string, files []file) ([]byte, error) {
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	w := tar.NewWriter(zipped)
	for _, f := range files {
		header := &tar.Header{
			Typeflag: tar.TypeReg, Name: path.Join(folder, f.name), Mode: f.mode, Size: int64(len(f.content)),
			ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR,
		}
		if err := w.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("pack %s: %w", f.name, err)
		}
		if _, err := w.Write(f.content); err != nil {
			return nil, fmt.Errorf("pack %s: %w", f.name, err)
		}
	}
	if err := errors.Join(w.Close(), zipped.Close()); err != nil {
		return nil, fmt.Errorf("pack %s: %w", folder, err)
	}
	return out.Bytes(), nil
}
