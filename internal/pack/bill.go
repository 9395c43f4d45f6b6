package pack

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// The bill of materials, in CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json). It has no time: it says what is in the
// binaries, as the Go tool recorded it there, and not when somebody asked.
type bill struct {
	Format       string       `json:"bomFormat"`
	Spec         string       `json:"specVersion"`
	Serial       string       `json:"serialNumber"` // made of the model's hash and of the binaries'
	Version      int          `json:"version"`
	Metadata     metadata     `json:"metadata"`
	Components   []component  `json:"components"`   // functions, then what they are made of, each by name
	Dependencies []dependency `json:"dependencies"` // of the package, then of each function
}

type metadata struct {
	Component component `json:"component"`
}

type component struct {
	Ref        string     `json:"bom-ref"`
	Type       string     `json:"type"`
	Name       string     `json:"name"`
	Version    string     `json:"version,omitempty"`
	Hashes     []hash     `json:"hashes,omitempty"`
	URL        string     `json:"purl,omitempty"`
	Properties []property `json:"properties,omitempty"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type dependency struct {
	Ref string   `json:"ref"`
	On  []string `json:"dependsOn"`
}

// bill lists what the package's functions are made of.
func (p *Package) bill() ([]byte, error) {
	root := component{
		Ref: "package", Type: "application", Name: p.Model.Name, Version: p.Model.Version(),
		Properties: []property{{"outflow:model:hash", p.Model.Hash}},
	}
	b := bill{Format: "CycloneDX", Spec: "1.6", Version: 1, Metadata: metadata{root}}
	identity := p.Model.Hash
	whole := dependency{Ref: root.Ref}
	modules := map[string]component{}
	for i := range p.Functions {
		c, uses := p.Functions[i].component(), dependency{Ref: p.Functions[i].ref()}
		for _, m := range p.Functions[i].modules() {
			modules[m.Ref] = m
			uses.On = append(uses.On, m.Ref)
		}
		identity += "\n" + c.Hashes[0].Content
		whole.On = append(whole.On, c.Ref)
		b.Components = append(b.Components, c)
		b.Dependencies = append(b.Dependencies, uses)
	}
	b.Serial = "urn:uuid:" + uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://"+Module+"/package\n"+identity)).String()
	b.Dependencies = slices.Insert(b.Dependencies, 0, whole)
	for _, ref := range slices.Sorted(maps.Keys(modules)) {
		b.Components = append(b.Components, modules[ref])
	}
	text, err := json.MarshalIndent(b, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the bill of materials: %w", err)
	}
	return append(text, '\n'), nil
}

func (f *Function) ref() string { return "function:" + f.Name }

func (f *Function) component() component {
	sum := sha256.Sum256(f.Binary)
	return component{
		Ref: f.ref(), Type: "application", Name: f.Name, Hashes: []hash{{"SHA-256", hex.EncodeToString(sum[:])}},
		Properties: []property{{"outflow:go:package", f.Info.Path}, {"outflow:go:arch", f.setting("GOARCH")}},
	}
}

// modules are those that are linked in, Go's own library first, then by name. Outflow's own has no version of its own.
func (f *Function) modules() []component {
	all := []component{library("std", strings.TrimPrefix(f.Info.GoVersion, "go"))}
	for _, m := range f.Info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		c := library(m.Path, m.Version)
		if m.Sum != "" { // of the module's files, as go.sum has it: no hash of one file
			c.Properties = []property{{"outflow:go:sum", m.Sum}}
		}
		all = append(all, c)
	}
	return all
}

// library is a Go module, with its URL as https://github.com/package-url/purl-spec has it for golang.
func library(path, version string) component {
	purl := "pkg:golang/" + strings.ToLower(path) + "@" + url.QueryEscape(version)
	return component{Ref: purl, Type: "library", Name: path, Version: version, URL: purl}
}
