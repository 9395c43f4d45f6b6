// Command document writes the inputs and outputs of a Terraform module into its README.md, between the lines
// <!-- inputs --> and <!-- end -->.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

const begin, end = "<!-- inputs -->\n", "<!-- end -->\n"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "document:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("give the folder of a module")
	}
	blocks, err := read(args[0])
	if err != nil {
		return err
	}
	readme := filepath.Join(args[0], "README.md")
	content, err := os.ReadFile(readme)
	if err != nil {
		return err
	}
	before, rest, found := bytes.Cut(content, []byte(begin))
	_, after, closed := bytes.Cut(rest, []byte(end))
	if !found || !closed {
		return fmt.Errorf("%s has no lines %q and %q", readme, begin, end)
	}
	text := slices.Concat(before, []byte(begin), write(blocks), []byte(end), after)
	return os.WriteFile(readme, text, 0o644)
}

// block is a variable or an output: the text of its attributes as they stand in the file.
type block struct {
	kind, name, file string
	attributes       map[string]string
}

func read(folder string) ([]block, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.tf"))
	if err != nil {
		return nil, err
	}
	var all []block
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		parsed, faults := hclsyntax.ParseConfig(source, file, hcl.InitialPos)
		if faults.HasErrors() {
			return nil, faults
		}
		for _, b := range parsed.Body.(*hclsyntax.Body).Blocks {
			if b.Type != "variable" && b.Type != "output" {
				continue
			}
			one := block{kind: b.Type, name: b.Labels[0], file: filepath.Base(file), attributes: map[string]string{}}
			for name, a := range b.Body.Attributes {
				one.attributes[name] = string(a.Expr.Range().SliceBytes(source))
			}
			all = append(all, one)
		}
	}
	slices.SortFunc(all, func(a, b block) int { return strings.Compare(a.name, b.name) })
	return all, nil
}

func write(blocks []block) []byte {
	var out bytes.Buffer
	out.WriteString("\n## Inputs\n\nMade from the modules' files; change it there.\n")
	for _, b := range blocks {
		if b.kind == "variable" {
			writeVariable(&out, b)
		}
	}
	out.WriteString("\n## Outputs\n\n| output | what |\n|---|---|\n")
	for _, b := range blocks {
		if b.kind == "output" {
			fmt.Fprintf(&out, "| `%s` | %s |\n", b.name, text(b.attributes["description"]))
		}
	}
	out.WriteString("\n")
	return out.Bytes()
}

func writeVariable(out *bytes.Buffer, b block) {
	fallback, optional := b.attributes["default"]
	state := "needed"
	if optional {
		state = "by default `" + fallback + "`"
	}
	fmt.Fprintf(out, "\n### `%s`\n\n%s (`%s`; %s)\n", b.name, text(b.attributes["description"]), b.file, state)
	if kind := b.attributes["type"]; strings.Contains(kind, "\n") {
		fmt.Fprintf(out, "\n```hcl\n%s\n```\n", unindent(kind))
	} else {
		fmt.Fprintf(out, "\nType: `%s`\n", kind)
	}
}

// text is a description without quotes or the marks of a heredoc, on one line.
func text(description string) string {
	if rest, isHeredoc := strings.CutPrefix(description, "<<-EOT\n"); isHeredoc {
		description = strings.TrimSuffix(strings.TrimSpace(rest), "EOT")
	} else {
		description = strings.Trim(description, `"`)
	}
	return strings.Join(strings.Fields(description), " ")
}

// unindent takes away the two spaces by which a variable's attributes are indented.
func unindent(source string) string { return strings.ReplaceAll(source, "\n  ", "\n") }
