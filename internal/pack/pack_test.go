package pack_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/pack"
	"github.com/outflow-dev/outflow/pkg/model"
)

// newCheckout is a folder that looks like Outflow's source, with functions that do nothing: the real ones take minutes.
func newCheckout(t testing.TB) string {
	t.Helper()
	folder := t.TempDir()
	write(t, filepath.Join(folder, "go.mod"), "module "+pack.Module+"\n\ngo 1.26\n")
	for _, name := range pack.Functions() {
		write(t, filepath.Join(folder, "functions", name, "main.go"), "package main\n\nfunc main() { println(\""+name+"\") }\n")
	}
	return folder
}

func write(t testing.TB, path, content string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
}

func shop(t testing.TB) *model.Model {
	t.Helper()
	source, err := os.ReadFile("../../examples/shop/model.yaml")
	require.NoError(t, err)
	m, faults := model.Parse("model.yaml", source)
	require.NoError(t, faults.Err())
	return m
}

func built(t testing.TB, arch string) string {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, pack.Build(t.Context(), newCheckout(t), arch, folder))
	return folder
}

func packed(t testing.TB, m *model.Model, arch string) map[string][]byte {
	t.Helper()
	functions, err := pack.Read(built(t, arch), arch)
	require.NoError(t, err)
	files, err := (&pack.Package{Model: m, Functions: functions}).Files()
	require.NoError(t, err)
	return files
}

// Two builds, from two checkouts in two places and from two working directories, with another environment, are the same.
func TestTwoBuildsGiveTheSameBytes(t *testing.T) {
	for _, arch := range []string{pack.ARM64, pack.AMD64} {
		t.Run(arch, func(t *testing.T) {
			m := shop(t)
			first := packed(t, m, arch)
			t.Chdir(t.TempDir())
			t.Setenv("GOFLAGS", "-tags=other")
			t.Setenv("GOARM64", "v8.1")
			t.Setenv("GOAMD64", "v2")
			again := packed(t, m, arch)
			require.Len(t, again, 6)
			for name, content := range first {
				require.True(t, bytes.Equal(content, again[name]), name)
			}
		})
	}
}

func TestZipsHoldWhatLambdaNeeds(t *testing.T) {
	files := packed(t, shop(t), pack.ARM64)
	for _, name := range pack.Functions() {
		zipped := files[name+".zip"]
		r, err := zip.NewReader(bytes.NewReader(zipped), int64(len(zipped)))
		require.NoError(t, err)
		require.Len(t, r.File, 2)
		require.Equal(t, "bootstrap", r.File[0].Name)
		require.Equal(t, fs.FileMode(0o755), r.File[0].Mode())
		require.Equal(t, 1980, r.File[0].Modified.Year())
		binary := unzip(t, r.File[0])
		require.Equal(t, "\x7fELF", string(binary[:4]))
		require.Equal(t, "model.json", r.File[1].Name)
		require.Equal(t, fs.FileMode(0o644), r.File[1].Mode())
		m, err := model.Load(unzip(t, r.File[1]))
		require.NoError(t, err)
		require.Equal(t, shop(t).Hash, m.Hash)
	}
	require.Equal(t, shop(t).Marshal(), files["model.json"])
}

func unzip(t testing.TB, f *zip.File) []byte {
	t.Helper()
	r, err := f.Open()
	require.NoError(t, err)
	content, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	return content
}

// What Lambda could not run is refused with what is wrong, before it is deployed.
func TestReadRefusesWhatLambdaCannotRun(t *testing.T) {
	arm := built(t, pack.ARM64)
	for _, row := range []struct {
		name  string
		arch  string
		spoil func(folder string) error
		says  []string
	}{
		{"another architecture", pack.AMD64, func(string) error { return nil },
			[]string{"function consumer: ", "function operator: ", "GOARCH=arm64", "amd64"}},
		{"one is missing", pack.ARM64, func(folder string) error { return os.Remove(filepath.Join(folder, "digester", "bootstrap")) },
			[]string{"function digester: ", "no such file"}},
		{"another function", pack.ARM64, func(folder string) error {
			return os.Rename(filepath.Join(folder, "digester", "bootstrap"), filepath.Join(folder, "operator", "bootstrap"))
		}, []string{"function operator: ", "functions/digester", "functions/operator"}},
		{"no binary", pack.ARM64, func(folder string) error {
			return os.WriteFile(filepath.Join(folder, "consumer", "bootstrap"), []byte("#!/bin/sh\n"), 0o755)
		}, []string{"function consumer: ", "no binary"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			folder := t.TempDir()
			require.NoError(t, os.CopyFS(folder, os.DirFS(arm)))
			require.NoError(t, row.spoil(folder))
			_, err := pack.Read(folder, row.arch)
			for _, said := range row.says {
				require.ErrorContains(t, err, said)
			}
		})
	}
}

func TestBuildSaysWhatGoSays(t *testing.T) {
	checkout := newCheckout(t)
	write(t, filepath.Join(checkout, "functions", "digester", "main.go"), "package main\n\nfunc main() { undefined() }\n")
	err := pack.Build(t.Context(), checkout, pack.ARM64, t.TempDir())
	require.ErrorContains(t, err, "build ./functions/digester in "+checkout)
	require.ErrorContains(t, err, "undefined: undefined")
}

func TestCheckout(t *testing.T) {
	checkout, other := newCheckout(t), t.TempDir()
	write(t, filepath.Join(other, "go.mod"), "module example.com/shop\n")
	found, err := pack.Checkout(other, filepath.Join(checkout, "functions", "consumer"))
	require.NoError(t, err)
	require.Equal(t, checkout, found)
	_, err = pack.Checkout(other)
	require.ErrorIs(t, err, pack.ErrNoSource)
}

func TestWriteReplacesAPackage(t *testing.T) {
	functions, err := pack.Read(built(t, pack.ARM64), pack.ARM64)
	require.NoError(t, err)
	p := pack.Package{Model: shop(t), Functions: functions}
	folder := filepath.Join(t.TempDir(), "a", "package")
	for range 2 {
		require.NoError(t, p.Write(folder))
	}
	files, err := p.Files()
	require.NoError(t, err)
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, entries, len(files))
	sums, err := os.ReadFile(filepath.Join(folder, pack.SumsFile))
	require.NoError(t, err)
	delete(files, pack.SumsFile)
	require.Equal(t, string(pack.Sums(files)), string(sums))
	require.Equal(t, len(files), strings.Count(string(sums), "\n"))
}

// The bill names every function, Go itself, and nothing that it does not list.
func TestBillOfMaterials(t *testing.T) {
	var bill struct {
		BOMFormat, SpecVersion, SerialNumber string
		Metadata                             struct {
			Component struct{ Name, Version string }
		}
		Components []struct {
			Ref    string `json:"bom-ref"`
			Name   string
			Hashes []struct{ Alg, Content string }
		}
		Dependencies []struct {
			Ref       string
			DependsOn []string
		}
	}
	require.NoError(t, json.Unmarshal(packed(t, shop(t), pack.ARM64)[pack.BillFile], &bill))
	require.Equal(t, "CycloneDX 1.6", bill.BOMFormat+" "+bill.SpecVersion)
	require.Regexp(t, `^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5`, bill.SerialNumber)
	require.Equal(t, "shop", bill.Metadata.Component.Name)
	require.Equal(t, shop(t).Version(), bill.Metadata.Component.Version)
	refs := map[string]bool{"package": true}
	for _, c := range bill.Components {
		refs[c.Ref] = true
	}
	for _, name := range pack.Functions() {
		require.True(t, refs["function:"+name])
	}
	require.Len(t, bill.Components[0].Hashes[0].Content, 64)
	require.Contains(t, bill.Components[3].Ref, "pkg:golang/std@1.")
	require.Len(t, bill.Dependencies, 1+len(pack.Functions()))
	for _, d := range bill.Dependencies {
		require.True(t, refs[d.Ref])
		require.NotEmpty(t, d.DependsOn)
		for _, on := range d.DependsOn {
			require.True(t, refs[on], on)
		}
	}
}
