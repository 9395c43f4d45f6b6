package pack

import (
	"bytes"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
)

// Module is the path of Outflow's Go module, below which the functions are.
const Module = "github.com/outflow-dev/outflow"

// The architectures that Lambda has, in Go's words. Terraform deploys ARM64.
const (
	ARM64 = "arm64"
	AMD64 = "amd64"
)

// Functions are the names of the functions: of their folders in functions/, and of their zips.
func Functions() []string { return []string{"consumer", "digester", "operator"} }

// Function is the binary of one function, and what it was built of.
type Function struct {
	Name   string
	Binary []byte
	Info   *debug.BuildInfo
}

// Read reads folder/<name>/bootstrap of every function. A binary that Lambda could not run, or not as this function on
// this architecture, is refused; the error names every fault.
func Read(folder, arch string) ([]Function, error) {
	var all []Function
	var faults []error
	for _, name := range Functions() {
		f, err := read(filepath.Join(folder, name, "bootstrap"), name)
		if err == nil {
			err = f.check(arch)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("function %s: %w", name, err))
			continue
		}
		all = append(all, f)
	}
	return all, errors.Join(faults...)
}

func read(path, name string) (Function, error) {
	binary, err := os.ReadFile(path)
	if err != nil {
		return Function{}, err
	}
	info, err := buildinfo.Read(bytes.NewReader(binary))
	if err != nil {
		return Function{}, fmt.Errorf("%s is no binary that Go has built: %w", path, err)
	}
	return Function{Name: name, Binary: binary, Info: info}, nil
}

// check says what keeps Lambda from running the binary as the function.
func (f *Function) check(arch string) error {
	var faults []error
	if want := Module + "/functions/" + f.Name; f.Info.Path != want {
		faults = append(faults, fmt.Errorf("the binary is that of %s, not of %s", f.Info.Path, want))
	}
	for _, want := range []struct{ setting, value, says string }{
		{"GOOS", "linux", "Lambda runs Linux"},
		{"GOARCH", arch, "the package is for that architecture"},
		{"CGO_ENABLED", "0", "a binary with C code needs the libraries of the machine that built it"},
		{"-tags", "lambda.norpc", "so it has no handler of the go1.x runtime, which is gone"},
	} {
		if has := f.setting(want.setting); has != want.value {
			faults = append(faults, fmt.Errorf("the binary was built with %s=%s, and must be with %s: %s",
				want.setting, has, want.value, want.says))
		}
	}
	return errors.Join(faults...)
}

func (f *Function) setting(key string) string {
	i := slices.IndexFunc(f.Info.Settings, func(s debug.BuildSetting) bool { return s.Key == key })
	if i < 0 {
		return ""
	}
	return f.Info.Settings[i].Value
}
