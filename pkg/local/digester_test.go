package local_test

import (
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/enginetest"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/local"
	"github.com/outflow-dev/outflow/pkg/local/engine"
)

// Digests run by themselves, in one chain from one run on a folder to the next, and nothing is left running.
func TestDigestsRunByThemselves(t *testing.T) {
	options := engine.Options{Endpoints: map[engine.Name]string{
		engine.DynamoDB: enginetest.URL(t, enginetest.DynamoDB), engine.OpenSearch: enginetest.URL(t, enginetest.OpenSearch),
		engine.S3: enginetest.URL(t, enginetest.S3),
	}}
	access, secret := enginetest.Credentials(t)
	t.Setenv("AWS_ACCESS_KEY_ID", access)
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	dir, stage := t.TempDir(), "dig-"+strings.ToLower(rand.Text()[:8])
	config := local.Config{Dir: dir, Model: shop(t), Stage: stage, Consumer: "/bin/sh", Digester: buildDigester(t), Engines: options, Out: io.Discard}
	for run := range 2 {
		p, err := local.Start(t.Context(), config)
		require.NoError(t, err)
		requireDigest(t, dir, fmt.Sprintf("outflow-anchor-1 shop-%s %d ", stage, run+1))
		require.NoError(t, p.Stop(t.Context()))
		require.Empty(t, processesOf(t, config.Digester))
	}
}

func buildDigester(t *testing.T) string {
	t.Helper()
	path := filepath.Join(openDir(t), "bootstrap")
	output, err := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", path, "../../functions/digester").CombinedOutput()
	require.NoError(t, err, "%s", output)
	return path
}

// requireDigest waits until the digester has made the digest of that anchor, by the key whose public half is in the folder.
func requireDigest(t *testing.T, dir, anchor string) {
	t.Helper()
	public, err := os.ReadFile(filepath.Join(dir, local.PublicKeyFile))
	require.NoError(t, err)
	key, err := audit.ReadPublicKey(public)
	require.NoError(t, err)
	var log []byte
	require.Eventually(t, func() bool {
		log, err = os.ReadFile(filepath.Join(dir, "logs", "digester.log"))
		return err == nil && strings.Contains(string(log), anchor)
	}, time.Minute, 50*time.Millisecond, "%s", log)
	require.Contains(t, string(log), key.ID)
	require.NotContains(t, string(log), `"level":"ERROR"`)
}
