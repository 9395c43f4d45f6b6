package clients_test

import (
	"context"
	"crypto/rand"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/enginetest"
	"github.com/outflow-dev/outflow/internal/target"
	"github.com/outflow-dev/outflow/internal/toolbox"
	"github.com/outflow-dev/outflow/pkg/local"
	"github.com/outflow-dev/outflow/pkg/local/engine"
	"github.com/outflow-dev/outflow/pkg/model"
)

// pipeline is a running pipeline of the shop as a client knows it: by its target file.
type pipeline struct {
	target.Target
	file   string // dev.json
	python string // an interpreter that has boto3 and awscli
}

// start brings up a pipeline on the test's engines, with a stage of its own.
func start(t *testing.T) *pipeline {
	t.Helper()
	p := &pipeline{python: toolbox.Python(t, filepath.Join("testdata", "requirements.txt"))}
	endpoints := map[engine.Name]string{
		engine.DynamoDB: enginetest.URL(t, enginetest.DynamoDB), engine.OpenSearch: enginetest.URL(t, enginetest.OpenSearch),
		engine.S3: enginetest.URL(t, enginetest.S3),
	}
	id, secret := enginetest.Credentials(t)
	t.Setenv("AWS_ACCESS_KEY_ID", id)
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	dir := t.TempDir()
	running, err := local.Start(t.Context(), local.Config{
		Dir: dir, Model: shop(t), Stage: "clients-" + strings.ToLower(rand.Text()[:8]), Consumer: build(t),
		Engines: engine.Options{Endpoints: endpoints}, Out: io.Discard,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, running.Stop(context.Background())) })
	p.file = filepath.Join(dir, local.TargetFile)
	p.Target, err = target.Load(p.file)
	require.NoError(t, err)
	return p
}

// build builds the consumer as it is deployed.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "bootstrap")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-tags", "lambda.norpc", "-o", binary,
		"github.com/outflow-dev/outflow/functions/consumer").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return binary
}

func shop(t *testing.T) *model.Model {
	t.Helper()
	content, err := os.ReadFile("../../examples/shop/model.yaml")
	require.NoError(t, err)
	m, faults := model.Parse("model.yaml", content)
	require.NoError(t, faults.Err())
	return m
}
