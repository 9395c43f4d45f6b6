package local_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local"
	"github.com/outflow-dev/outflow/pkg/mapping"
)

var twoShards = []mapping.Checkpoint{
	{Shard: "shard-1", Position: mapping.Position{Type: mapping.After, Sequence: "000000000000000000021"}, Done: true},
	{Shard: "shard-2", Position: mapping.Position{Type: mapping.TrimHorizon}},
}

func TestCheckpointsComeBackToTheirStreamAlone(t *testing.T) {
	c := local.Checkpoints{Path: checkpointsFile(t), Stream: streamARN}
	loaded, err := c.Load()
	require.NoError(t, err)
	require.Empty(t, loaded, "the first start")

	require.NoError(t, c.Save(twoShards[:1]))
	require.NoError(t, c.Save(twoShards))
	loaded, err = c.Load()
	require.NoError(t, err)
	require.Equal(t, twoShards, loaded)

	c.Stream += "1"
	loaded, err = c.Load()
	require.NoError(t, err)
	require.Empty(t, loaded, "another stream's")
}

func TestDamagedCheckpointsAreRefused(t *testing.T) {
	c := local.Checkpoints{Path: checkpointsFile(t), Stream: streamARN}
	require.NoError(t, c.Save(twoShards))
	content, err := os.ReadFile(c.Path)
	require.NoError(t, err)
	for _, row := range []struct{ name, content string }{
		{"empty", ""},
		{"cut short", string(content[:len(content)/2])},
		{"of another form", `{"stream": [], "checkpoints": {}}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.NoError(t, os.WriteFile(c.Path, []byte(row.content), 0o644))
			_, err := c.Load()
			require.ErrorContains(t, err, c.Path+" is damaged")
			require.ErrorContains(t, err, "delete it")
		})
	}
}

func TestCheckpointsThatCannotBeWrittenLeaveTheLastOnes(t *testing.T) {
	c := local.Checkpoints{Path: checkpointsFile(t), Stream: streamARN}
	missing := local.Checkpoints{Path: filepath.Join(t.TempDir(), "missing", "checkpoints.json"), Stream: streamARN}
	require.ErrorContains(t, missing.Save(twoShards), "write "+missing.Path)

	folder := filepath.Dir(c.Path)
	require.NoError(t, os.Mkdir(c.Path, 0o755)) // nothing can be renamed onto a folder
	require.ErrorContains(t, c.Save(twoShards), "write "+c.Path)
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, left, 1, "no half-written file is left")
}
