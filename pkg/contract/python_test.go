package contract_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/toolbox"
	"github.com/outflow-dev/outflow/pkg/contract"
)

var pyGuard = regexp.MustCompile(`TypeGuard\[(?P<type>\w+)\]:\n    """Whether an event is (?P<event>.*)\."""`)

func TestPythonTypesTakeTheSamples(t *testing.T) {
	python := toolbox.Python(t, "testdata/requirements.txt")
	args := []string{"-m", "mypy", "--strict", "--python-version", "3.10", "--warn-unused-ignores", "--no-incremental"}
	for i, path := range models {
		folder, c := filepath.Join(generate(t, path), "python"), readContract(t, path)
		module := moduleIn(t, folder)
		typeOf := typesOf(c, c.Python(), pyGuard)
		p := program{
			assign: func(s contract.Sample, name string) string {
				return fmt.Sprintf("%s: e.%s = %s\nany_%s: e.AnyEvent = %s\n", pyName(s), name, pyLiteral(t, s.Event), pyName(s), pyName(s))
			},
			wrong: func(s contract.Sample, name string) string {
				return fmt.Sprintf("wrong_%s: e.%s = %s  # type: ignore[typeddict-item]\n", pyName(s), name, pyLiteral(t, s.Event))
			},
		}
		program := "import " + module + " as e\n" + p.lines(t, c, typeOf) + pyNarrowing(c.Python())
		name := filepath.Join(folder, "samples_"+strconv.Itoa(i)+".py")
		require.NoError(t, os.WriteFile(name, []byte(program), 0o600))
		args = append(args, filepath.Join(folder, module+".py"), name)

		run := exec.CommandContext(t.Context(), python, filepath.Base(name)) // the module loads, and its types are evaluated
		run.Dir = folder
		output, err := run.CombinedOutput()
		require.NoError(t, err, "%s", output)
	}
	run := exec.CommandContext(t.Context(), python, args...)
	run.Env = append(os.Environ(), "MYPYPATH="+strings.Join(foldersOf(args), ":"))
	output, err := run.CombinedOutput()
	require.NoError(t, err, "%s", output)
}

// pyNarrowing is a subscriber's code: guards narrow the union, a claim is told from a whole detail. It runs on nothing.
func pyNarrowing(module []byte) string {
	var b strings.Builder
	b.WriteString("def take(event: e.AnyEvent) -> str:\n")
	for i, guard := range regexp.MustCompile(`def (is_\w+)`).FindAllSubmatch(module, -1) {
		fmt.Fprintf(&b, "    if e.%[1]s(event):\n        d%[2]d = event[\"detail\"]\n        if \"data\" in d%[2]d:\n"+
			"            return str(list(d%[2]d[\"before\"]))\n        return d%[2]d[\"metadata\"][\"claim\"][\"key\"]\n", guard[1], i)
	}
	return b.String() + "    return \"unknown\"\n"
}

func moduleIn(t *testing.T, folder string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_events.py"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	return strings.TrimSuffix(filepath.Base(files[0]), ".py")
}

func foldersOf(args []string) []string {
	var folders []string
	for _, arg := range args {
		if filepath.Ext(arg) == ".py" {
			folders = append(folders, filepath.Dir(arg))
		}
	}
	return folders
}

func pyName(s contract.Sample) string {
	return "s_" + regexp.MustCompile(`\W`).ReplaceAllString(s.Name, "_")
}

// pyLiteral is JSON as a Python expression.
func pyLiteral(t *testing.T, text json.RawMessage) string {
	t.Helper()
	var value any
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	require.NoError(t, d.Decode(&value))
	return pyExpression(value)
}

func pyExpression(value any) string {
	switch v := value.(type) {
	case nil:
		return "None"
	case bool:
		return map[bool]string{true: "True", false: "False"}[v]
	case json.Number:
		return v.String()
	case []any:
		parts := make([]string, len(v))
		for i, element := range v {
			parts[i] = pyExpression(element)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case object:
		parts := make([]string, 0, len(v))
		for name, element := range v {
			parts = append(parts, strconv.Quote(name)+": "+pyExpression(element))
		}
		sort.Strings(parts)
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return strconv.Quote(value.(string))
}
