package publish_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/golden"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/publish"
)

// An events case shows what the model asks to announce of the whole batch.
func TestGolden(t *testing.T) {
	golden.Run(t, "../../examples/shop/model.yaml", func(t *testing.T, m *model.Model, changes []change.Change) string {
		b, err := publish.NewBuilder(m)
		require.NoError(t, err)
		var asked publish.Result
		for i := range changes {
			b.Add(&asked, &changes[i])
		}
		var out strings.Builder
		for i := range asked.Events {
			entry, err := b.Entry(&asked.Events[i], publish.DefaultMaxBytes, "claims")
			if errors.Is(err, publish.ErrTooLarge) {
				fmt.Fprintf(&out, "too large: %v\n", err)
				continue
			}
			require.NoError(t, err)
			fmt.Fprintf(&out, "%s from %s at %s\n%s", entry.DetailType, entry.Source, entry.Time, pretty(t, []byte(entry.Detail)))
			if entry.Claim != nil {
				fmt.Fprintf(&out, "claim %s, %d bytes\n", entry.Claim.Key, len(entry.Claim.Body))
			}
		}
		for _, p := range asked.Poison {
			fmt.Fprintf(&out, "poison %s: %v\n", p.Event, p.Reason)
		}
		for _, err := range asked.RuleFaults {
			fmt.Fprintf(&out, "rule fault: %v\n", err)
		}
		if len(asked.Unlisted) > 0 {
			fmt.Fprintf(&out, "unlisted %v\n", asked.Unlisted)
		}
		if out.Len() == 0 {
			return "nothing\n"
		}
		return out.String()
	})
}

func pretty(t *testing.T, line []byte) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, json.Indent(&out, line, "", "  "))
	return out.String() + "\n"
}
