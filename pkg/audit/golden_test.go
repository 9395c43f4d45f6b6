package audit_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/gowebpki/jcs"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/golden"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
)

// An audit case shows the segments of the batch. Every line must be canonical JSON by another's judgement.
func TestGolden(t *testing.T) {
	golden.Run(t, "../../examples/shop/model.yaml", func(t *testing.T, m *model.Model, changes []change.Change) string {
		var out strings.Builder
		for _, segment := range audit.Cut(m, m.Name+"-dev", changes) {
			fmt.Fprintf(&out, "segment %s, lines %d\n", nameless(segment.Key), segment.Count)
			for line := range bytes.Lines(segment.Lines) {
				canonical, err := jcs.Transform(line)
				require.NoError(t, err)
				require.Equal(t, string(canonical)+"\n", string(line))
				var pretty bytes.Buffer
				line = bytes.ReplaceAll(line, []byte(m.Version()), []byte("MODEL"))
				require.NoError(t, json.Indent(&pretty, bytes.TrimSpace(line), "", "  "))
				out.WriteString(pretty.String() + "\n")
			}
		}
		return out.String()
	})
}

// nameless puts HASH in the place of the hash over lines, which changes with any edit of the model.
func nameless(key string) string {
	name, _ := strings.CutSuffix(key, ".ndjson.gz")
	return name[:strings.LastIndex(name, "-")] + "-HASH.ndjson.gz"
}
