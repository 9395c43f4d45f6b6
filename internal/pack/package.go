package pack

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/outflow-dev/outflow/internal/wholefile"
	"github.com/outflow-dev/outflow/pkg/model"
)

// Names of a package's files, beside <function>.zip of every function.
const (
	ModelFile = "model.json"
	BillFile  = "sbom.cdx.json" // CycloneDX, JSON
	SumsFile  = "SHA256SUMS"    // of all other files, as sha256sum -c reads it
)

// Package is a model and the functions that are to run it.
type Package struct {
	Model     *model.Model
	Functions []Function
}

// Files returns the package's files by name, without writing any.
func (p *Package) Files() (map[string][]byte, error) {
	compiled := p.Model.Marshal()
	files := map[string][]byte{ModelFile: compiled}
	for _, f := range p.Functions {
		zipped, err := archive(member{"bootstrap", 0o755, f.Binary}, member{ModelFile, 0o644, compiled})
		if err != nil {
			return nil, fmt.Errorf("function %s: %w", f.Name, err)
		}
		files[f.Name+".zip"] = zipped
	}
	bill, err := p.bill()
	if err != nil {
		return nil, err
	}
	files[BillFile] = bill
	files[SumsFile] = Sums(files)
	return files, nil
}

// Write writes the package to a folder, which is made if it is missing. Each file is replaced whole, the checksums last:
// where they do not fit, an earlier Write did not come to its end.
func (p *Package) Write(folder string) error {
	files, err := p.Files()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("make the package's folder: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if name == SumsFile {
			continue
		}
		if err := wholefile.Replace(filepath.Join(folder, name), files[name], 0o644); err != nil {
			return err
		}
	}
	return wholefile.Replace(filepath.Join(folder, SumsFile), files[SumsFile], 0o644)
}

// Sums has a line "<SHA-256>  <name>" for every file, by name.
func Sums(files map[string][]byte) []byte {
	var sums bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(files[name]), name)
	}
	return sums.Bytes()
}
