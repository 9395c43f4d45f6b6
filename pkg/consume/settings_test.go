package consume_test

import (
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
)

var good = map[string]string{
	"OUTFLOW_STAGE": "dev", "OUTFLOW_OUTLETS": "search,audit,events", "OUTFLOW_OPENSEARCH_URL": "http://127.0.0.1:9200/",
	"OUTFLOW_BUS": "shop-dev", "OUTFLOW_AUDIT_BUCKET": "shop-dev-audit", "OUTFLOW_FAILURES_BUCKET": "shop-dev-failures",
	"AWS_REGION": "eu-west-1", "AWS_LAMBDA_FUNCTION_NAME": "shop-dev-all",
}

func TestReadSettings(t *testing.T) {
	s, err := consume.ReadSettings(func(name string) string { return good[name] })
	require.NoError(t, err)
	require.Equal(t, consume.Settings{
		Stage: "dev", Outlets: []string{"search", "audit", "events"}, OpenSearchURL: "http://127.0.0.1:9200", Bus: "shop-dev",
		EntryBytes: 262144, ClaimsBucket: "shop-dev-failures", AuditBucket: "shop-dev-audit", AuditRetention: "governance:1",
		FailuresBucket: "shop-dev-failures", LogLevel: slog.LevelInfo, Function: "shop-dev-all", Region: "eu-west-1",
	}, s)
}

func TestEveryFaultOfTheEnvironmentIsNamed(t *testing.T) {
	for _, row := range []struct {
		name   string
		env    map[string]string
		faults []string // one for each line
	}{
		{"nothing set", map[string]string{}, []string{"OUTFLOW_STAGE is not set", "OUTFLOW_OUTLETS is not set",
			"AWS_REGION is not set", "OUTFLOW_FAILURES_BUCKET is not set"}},
		{"outlets without their settings", map[string]string{"OUTFLOW_STAGE": "dev", "OUTFLOW_OUTLETS": "search,events,audit",
			"AWS_REGION": "x", "OUTFLOW_FAILURES_BUCKET": "fff"},
			[]string{"OUTFLOW_OPENSEARCH_URL is not set", "OUTFLOW_BUS is not set", "OUTFLOW_AUDIT_BUCKET is not set"}},
		{"unknown outlet", with("OUTFLOW_OUTLETS", "search,serch"), []string{`OUTFLOW_OUTLETS names "serch"`}},
		{"outlet twice", with("OUTFLOW_OUTLETS", "search,search"), []string{`OUTFLOW_OUTLETS names "search" twice`}},
		{"stage", with("OUTFLOW_STAGE", "Prod!"), []string{`OUTFLOW_STAGE is "Prod!"`}},
		{"level", with("OUTFLOW_LOG_LEVEL", "loud"), []string{`OUTFLOW_LOG_LEVEL is "loud"`}},
		{"url", with("OUTFLOW_OPENSEARCH_URL", "localhost:9200"), []string{`OUTFLOW_OPENSEARCH_URL is "localhost:9200"`}},
		{"endpoint of the table", with("AWS_ENDPOINT_URL_DYNAMODB", "127.0.0.1:8000"), []string{`AWS_ENDPOINT_URL_DYNAMODB is "127.0.0.1:8000"`}},
		{"endpoint", with("AWS_ENDPOINT_URL_S3", "127.0.0.1:9000"), []string{`AWS_ENDPOINT_URL_S3 is "127.0.0.1:9000"`}},
		{"bucket", with("OUTFLOW_AUDIT_BUCKET", "Audit_Bucket"), []string{`OUTFLOW_AUDIT_BUCKET is "Audit_Bucket"`}},
		{"claims bucket", with("OUTFLOW_CLAIMS_BUCKET", "x"), []string{`OUTFLOW_CLAIMS_BUCKET is "x"`}},
		{"retention", with("OUTFLOW_AUDIT_RETENTION", "forever"), []string{`OUTFLOW_AUDIT_RETENTION is "forever"`}},
		{"hash of the model", with("OUTFLOW_MODEL_HASH", "ABC"), []string{`OUTFLOW_MODEL_HASH is "ABC"`}},
		{"entry bytes", with("OUTFLOW_ENTRY_BYTES", "2097152"), []string{`OUTFLOW_ENTRY_BYTES is "2097152"`}},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := consume.ReadSettings(func(name string) string { return row.env[name] })
			require.Error(t, err)
			lines := strings.Split(err.Error(), "\n")
			require.Len(t, lines, len(row.faults), err)
			for i, fault := range row.faults {
				require.Contains(t, lines[i], fault)
			}
		})
	}
}

// A function starts only with the model that it was deployed with, where it is told which that is.
func TestLoadChecksTheHashOfTheModel(t *testing.T) {
	m, faults := model.Parse("model.yaml", []byte("outflow: 1\nname: shop\nentities:\n  A: {key: {PK: \"A#{id}\"}}\ntable: {key: [PK]}\n"))
	require.NoError(t, faults.Err())
	path := filepath.Join(t.TempDir(), "model.json")
	require.NoError(t, os.WriteFile(path, m.Marshal(), 0o600))
	load := func(hash string) (*model.Model, error) {
		env := with("OUTFLOW_MODEL", path)
		env["OUTFLOW_MODEL_HASH"] = hash
		_, loaded, err := consume.Load(func(name string) string { return env[name] })
		return loaded, err
	}
	for _, hash := range []string{m.Hash, ""} {
		loaded, err := load(hash)
		require.NoError(t, err)
		require.Equal(t, m.Hash, loaded.Hash)
	}
	other := strings.Repeat("0", 64)
	_, err := load(other)
	for _, said := range []string{"OUTFLOW_MODEL_HASH is " + other, path, m.Hash, "outflow build"} {
		require.ErrorContains(t, err, said)
	}
}

func with(name, value string) map[string]string {
	env := maps.Clone(good)
	env[name] = value
	return env
}
