package contract_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/toolbox"
	"github.com/outflow-dev/outflow/pkg/contract"
)

const node = "testdata/node"

func TestAsyncAPIDocumentsFitTheSpecification(t *testing.T) {
	specification := filepath.Join(toolbox.Node(t, node), "node_modules/@asyncapi/specs/schemas/3.0.0.json")
	schema, err := jsonschema.NewCompiler().Compile(specification)
	require.NoError(t, err)
	for _, path := range models {
		document := instance(t, readContract(t, path).AsyncAPI())
		require.NoError(t, schema.Validate(document), path)
		document.(object)["operations"].(object)["publish"].(object)["action"] = "shout"
		require.Error(t, schema.Validate(document), "the specification refuses nothing")
	}
}

// The references of the document must lead somewhere, which its schema does not check.
func TestAsyncAPIReferencesLeadSomewhere(t *testing.T) {
	for _, path := range models {
		text := readContract(t, path).AsyncAPI()
		document := instance(t, text)
		references := regexp.MustCompile(`"\$ref": "#/([^"]+)"`).FindAllSubmatch(text, -1)
		require.NotEmpty(t, references)
		for _, reference := range references {
			at := document
			for _, step := range strings.Split(string(reference[1]), "/") {
				require.Contains(t, at, step, string(reference[1]))
				at = at.(object)[step]
			}
		}
	}
}

// program is a program that gives each sample to the type that is its own, line by line, and a wrong one that the
// compiler must refuse.
type program struct {
	assign func(sample contract.Sample, typeName string) string // of a right sample
	wrong  func(sample contract.Sample, typeName string) string // that expects a refusal on its line
}

func (p program) lines(t *testing.T, c *contract.Contract, typeOf map[string]string) string {
	var b strings.Builder
	for _, sample := range c.Samples() {
		title := titleOf(instance(t, sample.Event))
		require.Contains(t, typeOf, title)
		b.WriteString(p.assign(sample, typeOf[title]))
		b.WriteString(p.wrong(contract.Sample{Name: sample.Name, Event: bytes.Replace(sample.Event, []byte(`"replayed": false`),
			[]byte(`"replayed": "no"`), 1)}, typeOf[title]))
	}
	return b.String()
}

// typesOf are the names of the events' types by the events' titles, as the comments of their type guards tell them.
func typesOf(c *contract.Contract, source []byte, guard *regexp.Regexp) map[string]string {
	found := map[string]string{}
	for _, match := range guard.FindAllSubmatch(source, -1) {
		found[string(match[guard.SubexpIndex("event")])] = string(match[guard.SubexpIndex("type")])
	}
	all := map[string]string{}
	for i := range c.Events {
		e := &c.Events[i]
		all[e.Title()] = found[fmt.Sprintf("schema %d of %s", e.Schema, e.Name)]
	}
	return all
}

var tsGuard = regexp.MustCompile(`Whether an event is (?P<event>.*)\. \*/\n.*event is (?P<type>\w+) \{`)

func TestTypeScriptCompilesAndTakesTheSamples(t *testing.T) {
	modules := toolbox.Node(t, node)
	args := []string{"--strict", "--noEmit", "--skipLibCheck", "--exactOptionalPropertyTypes", "--noUnusedLocals",
		"--target", "es2022", "--lib", "es2022", "--module", "commonjs"}
	for _, path := range models {
		folder, c := filepath.Join(generate(t, path), "typescript"), readContract(t, path)
		typeOf, n := typesOf(c, c.TypeScript(), tsGuard), 0
		p := program{
			assign: func(s contract.Sample, name string) string {
				n++
				return fmt.Sprintf("export const s%d: e.%s = %s;\nexport const a%d: e.AnyEvent = s%d;\n", n, name, compact(t, s.Event), n, n)
			},
			wrong: func(s contract.Sample, name string) string {
				return fmt.Sprintf("// @ts-expect-error\nexport const w%d: e.%s = %s;\n", n, name, compact(t, s.Event))
			},
		}
		source := "import * as e from \"./events\";\n" + p.lines(t, c, typeOf) + tsNarrowing(c, typeOf)
		samples := filepath.Join(folder, "samples.ts")
		require.NoError(t, os.WriteFile(samples, []byte(source), 0o600))
		args = append(args, samples)
	}
	output, err := exec.CommandContext(t.Context(), filepath.Join(modules, "node_modules/.bin/tsc"), args...).CombinedOutput()
	require.NoError(t, err, "%s", output)
}

// tsNarrowing is a subscriber's code: guards narrow the union, a claim is told from a whole detail.
func tsNarrowing(c *contract.Contract, typeOf map[string]string) string {
	var b strings.Builder
	b.WriteString("export function take(event: e.AnyEvent): string {\n")
	for i := range c.Events {
		name := typeOf[c.Events[i].Title()]
		fmt.Fprintf(&b, "  if (e.is%s(event)) {\n    const detail = event.detail;\n"+
			"    return e.isClaimed(detail) ? detail.metadata.claim.key : String(Object.keys(detail.before));\n  }\n",
			strings.TrimSuffix(name, "Event"))
	}
	return b.String() + "  return \"unknown\";\n}\n"
}

func compact(t *testing.T, event json.RawMessage) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, json.Compact(&b, event))
	return b.String()
}
