package rules_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	// citation is how docs/fidelity.md names a test: `folder` TestName/name of the row.
	citation = regexp.MustCompile("`([a-z/0-9]+)` (Test\\w+)(?:/([^;|]+))?")
	verdicts = []string{"same", "chosen", "differs", "left out"}
)

func TestFidelityNamesTestsThatExist(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs/fidelity.md"))
	require.NoError(t, err)
	packages := map[string]testFile{}
	rows, cited := 0, 0
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if !strings.HasPrefix(line, "| ") || len(cells) < 4 || strings.HasPrefix(line, "| behaviour") {
			continue
		}
		rows++
		verdict := strings.TrimSpace(cells[1])
		require.Contains(t, verdicts, verdict, "%s", line)
		tests := cells[len(cells)-1] // behind the source, in tables that have one
		named := citation.FindAllStringSubmatch(tests, -1)
		require.True(t, len(named) > 0 || verdict == "left out" || strings.Contains(cells[2], "DynamoDB Local"), "no test: %s", line)
		require.Equal(t, strings.Count(tests, "Test"), len(named), "a test is not named in the form that is checked: %s", line)
		for _, test := range named {
			requireTest(t, packages, test)
			cited++
		}
	}
	require.Greater(t, rows, 50)
	require.Greater(t, cited, 60)
}

// testFile is what the test files of a folder hold: names of test functions, and texts, of which rows' names are some.
type testFile struct{ functions, texts []string }

func requireTest(t *testing.T, packages map[string]testFile, test []string) {
	t.Helper()
	folder, name, row := test[1], test[2], strings.TrimSpace(test[3])
	if _, read := packages[folder]; !read {
		packages[folder] = readTests(t, folder)
	}
	require.Contains(t, packages[folder].functions, name, "in %s", folder)
	require.True(t, row == "" || slices.Contains(packages[folder].texts, row), "%s has no row %q in %s", name, row, folder)
}

func readTests(t *testing.T, folder string) (f testFile) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(root, folder, "*_test.go"))
	require.NoError(t, err)
	require.NotEmpty(t, names, "no tests in %s", folder)
	for _, name := range names {
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				f.functions = append(f.functions, n.Name.Name)
			case *ast.BasicLit:
				if text, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil {
					f.texts = append(f.texts, text)
				}
			}
			return true
		})
	}
	return f
}

// The mapping's rows that AWS documents: each with its page and section.
func TestTheMappingHasARowForEachDocumentedBehaviour(t *testing.T) {
	documented := map[string]bool{}
	names, err := filepath.Glob(filepath.Join(root, "pkg/mapping/*_test.go"))
	require.NoError(t, err)
	for _, name := range names {
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			literal, ok := n.(*ast.CompositeLit)
			if ok {
				if row, source := rowOf(literal); row != "" && strings.HasPrefix(source, "doc") {
					require.False(t, documented[row], "two rows are called %s", row)
					documented[row] = true
				}
			}
			return true
		})
	}
	t.Logf("%d documented behaviours", len(documented))
	require.GreaterOrEqual(t, len(documented), 60)
}

// rowOf reads the name and the source of a row that names its fields.
func rowOf(literal *ast.CompositeLit) (name, source string) {
	for _, element := range literal.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		key, _ := pair.Key.(*ast.Ident)
		switch value := pair.Value.(type) {
		case *ast.BasicLit:
			if key != nil && key.Name == "name" {
				name = value.Value
			}
		case *ast.Ident:
			if key != nil && key.Name == "source" {
				source = value.Name
			}
		}
	}
	return name, source
}
