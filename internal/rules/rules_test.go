package rules_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	root   = "../.."
	module = "github.com/outflow-dev/outflow/"
)

// mayImport lists, for each package of the product, the packages of this module that it may import: outlets know
// changes and the model, never each other.
var mayImport = map[string][]string{
	"events":                            {},
	"events/dynamodbstore":              {"events"},
	"events/s3claims":                   {"events"},
	"internal/jcs":                      {},
	"internal/moment":                   {},
	"internal/nearest":                  {},
	"pkg/model":                         {"internal/jcs", "internal/nearest"},
	"pkg/change":                        {"internal/jcs", "internal/moment", "pkg/model"},
	"pkg/consume":                       {"pkg/change", "pkg/model"},
	"pkg/search":                        {"pkg/consume", "internal/jcs", "pkg/change", "pkg/model"},
	"pkg/search/backfill":               {"internal/items", "pkg/change", "pkg/consume", "pkg/model", "pkg/search"},
	"pkg/search/documents":              {"internal/jcs", "pkg/model"},
	"pkg/publish":                       {"pkg/consume", "internal/jcs", "pkg/change", "pkg/model"},
	"pkg/audit":                         {"pkg/consume", "internal/jcs", "pkg/change", "pkg/model"},
	"pkg/audit/digester":                {"pkg/audit", "pkg/consume", "pkg/model"},
	"pkg/audit/export":                  {"pkg/audit", "pkg/change", "pkg/model"},
	"pkg/audit/report":                  {"pkg/audit", "pkg/audit/verify"},
	"pkg/audit/verify":                  {"internal/jcs", "pkg/audit", "pkg/change"},
	"pkg/parked":                        {"internal/awsclients", "pkg/audit", "pkg/change", "pkg/consume", "pkg/model"},
	"pkg/contract":                      {"internal/wholefile", "pkg/model"},
	"pkg/replay":                        {"internal/jcs", "pkg/audit", "pkg/change", "pkg/consume", "pkg/model", "pkg/publish"},
	"pkg/operator":                      {"pkg/consume", "pkg/model", "pkg/parked", "pkg/search", "pkg/search/backfill"},
	"pkg/mapping":                       {"pkg/pattern"},
	"pkg/local/lambda":                  {"internal/jcs"},
	"pkg/local/lambda/testdata/handler": {},
	"pkg/local/bus":                     {"internal/jcs", "pkg/pattern"},
	"pkg/local/engine":                  {"scripts/engines"},
	"pkg/local/console":                 {},
	"pkg/local/testdata/scripted":       {},
	"pkg/local/testdata/subscriber":     {},
	"pkg/local":                         {"internal/target", "internal/wholefile", "pkg/audit", "pkg/local/bus", "pkg/local/console", "pkg/local/engine", "pkg/local/lambda", "pkg/mapping", "pkg/model", "pkg/parked", "pkg/stream", "pkg/table"},
	"pkg/pattern":                       {},
	"pkg/stream":                        {"internal/jcs"},
	"pkg/table":                         {"internal/jcs", "internal/moment", "internal/nearest", "pkg/model"},
}

type file struct {
	folder, name, doc string
	imports           []string // of this module
}

func TestPackagesImportOnlyDownwards(t *testing.T) {
	for _, f := range goFiles(t) {
		allowed, limited := mayImport[f.folder]
		require.True(t, limited || !strings.HasPrefix(f.folder, "pkg/"), "%s is not in the table of imports", f.folder)
		if !limited || strings.HasSuffix(f.name, "_test.go") {
			continue
		}
		for _, imported := range f.imports {
			require.Contains(t, allowed, imported, "%s/%s imports %s", f.folder, f.name, imported)
		}
	}
}

func TestEveryPackageHasOneComment(t *testing.T) {
	comments := map[string][]string{}
	for _, f := range goFiles(t) {
		if strings.HasSuffix(f.name, "_test.go") {
			continue
		}
		comments[f.folder] = append(comments[f.folder], f.doc)
	}
	require.NotEmpty(t, comments)
	for folder, docs := range comments {
		docs = slices.DeleteFunc(docs, func(doc string) bool { return doc == "" })
		require.Len(t, docs, 1, "package comments in %s", folder)
	}
}

func TestModulesHaveNoReplacements(t *testing.T) {
	for _, name := range []string{"go.mod", "scripts/tools/go.mod", "scripts/tf/tools/go.mod", "scripts/engines/versitygw/go.mod"} {
		content, err := os.ReadFile(filepath.Join(root, name))
		require.NoError(t, err)
		require.NotContains(t, string(content), "replace", name)
	}
}

func goFiles(t *testing.T) []file {
	t.Helper()
	var files []file
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && strings.HasPrefix(d.Name(), ".") && name != root {
			return skip(err)
		}
		if path.Ext(name) == ".go" {
			files = append(files, parse(t, name))
		}
		return nil
	})
	require.NoError(t, err)
	return files
}

func skip(err error) error {
	if err != nil {
		return err
	}
	return filepath.SkipDir
}

func parse(t *testing.T, name string) file {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly|parser.ParseComments)
	require.NoError(t, err)
	folder, err := filepath.Rel(root, filepath.Dir(name))
	require.NoError(t, err)
	f := file{folder: filepath.ToSlash(folder), name: filepath.Base(name), doc: parsed.Doc.Text()}
	for _, spec := range parsed.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		require.NoError(t, err)
		if inner, ours := strings.CutPrefix(imported, module); ours {
			f.imports = append(f.imports, inner)
		}
	}
	return f
}
