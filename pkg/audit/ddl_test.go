package audit_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/audit"
)

// The columns are the members of the format page's table of lines, those of raw lines included.
func TestColumnsAreTheMembersOfALine(t *testing.T) {
	page, err := os.ReadFile("../../docs/audit-format.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(page), "\n## 3. Lines\n")
	require.True(t, found)
	section, _, found = strings.Cut(section, "\nAn *image* is")
	require.True(t, found)
	members := []string{"raw", "rawBase64", "reason"}
	for _, row := range regexp.MustCompile("(?m)^\\| (`.*?) \\|").FindAllStringSubmatch(section, -1) {
		for _, name := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(row[1], -1) {
			members = append(members, name[1])
		}
	}
	var columns []string
	for _, c := range audit.Columns() {
		columns = append(columns, c.Member)
		require.Equal(t, strings.ToLower(c.Member), c.Name)
	}
	require.ElementsMatch(t, members, columns)
	require.Equal(t, len(columns), len(slices.Compact(slices.Sorted(slices.Values(columns)))))
}

func TestDDL(t *testing.T) {
	ddl, err := audit.DDL("my-audit", "shop-prod")
	require.NoError(t, err)
	require.Contains(t, ddl, "CREATE EXTERNAL TABLE IF NOT EXISTS `shop_prod_audit` (\n  `v` int COMMENT 'v',\n  `id` string")
	require.Contains(t, ddl, "'storage.location.template' = 's3://my-audit/audit/v1/shop-prod/dt=${dt}/hour=${hour}/'")
	require.Contains(t, ddl, "LOCATION 's3://my-audit/audit/v1/shop-prod/'")
	require.Equal(t, strings.Count(ddl, "("), strings.Count(ddl, ")"))
	require.Zero(t, strings.Count(ddl, "'")%2)
	require.NotContains(t, ddl, "%!")
	for _, bucket := range []string{"", "a", "A-b-c", "a'b", "a b c"} {
		_, err := audit.DDL(bucket, "shop-prod")
		require.Error(t, err, bucket)
	}
	_, err = audit.DDL("my-audit", "a'b")
	require.Error(t, err)
}

// Terraform makes the same table, and says so where the columns are.
func TestTerraformHasTheSameColumns(t *testing.T) {
	source, err := os.ReadFile("../../terraform/audit_athena.tf")
	require.NoError(t, err)
	_, block, found := strings.Cut(string(source), "audit_columns = {")
	require.True(t, found)
	block, _, _ = strings.Cut(block, "}")
	types := map[string]string{}
	for _, c := range audit.Columns() {
		types[c.Name] = c.Type
	}
	rows := regexp.MustCompile(`(\w+)\s*=\s*"(\w+)"`).FindAllStringSubmatch(block, -1)
	require.NotEmpty(t, rows)
	for _, row := range rows {
		require.Equal(t, types[row[1]], row[2], "column %s", row[1])
	}
}
