package contract_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/contract"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/publish"
)

// envelope is an event as EventBridge delivers it.
type envelope struct {
	Version    string          `json:"version"`
	ID         string          `json:"id"`
	DetailType string          `json:"detail-type"`
	Source     string          `json:"source"`
	Account    string          `json:"account"`
	Time       string          `json:"time"`
	Region     string          `json:"region"`
	Resources  []string        `json:"resources"`
	Detail     json.RawMessage `json:"detail"`
}

func delivered(t require.TestingT, source, name string, detail []byte) []byte {
	event, err := json.Marshal(envelope{"0", "d-1", name, source, "123456789012", "2026-11-02T09:20:01Z", "eu-west-1", []string{}, detail})
	require.NoError(t, err)
	return event
}

// published are the events of the records as subscribers get them, and the details that are claimed from S3, each as if
// the bus had taken it whole. Above maxBytes a detail is claimed.
func published(t require.TestingT, m *model.Model, records []byte, maxBytes int) [][]byte {
	changes, err := change.Decode(m, records)
	require.NoError(t, err)
	b, err := publish.NewBuilder(m)
	require.NoError(t, err)
	var asked publish.Result
	for i := range changes {
		require.NoError(t, changes[i].Fault, string(changes[i].Raw))
		b.Add(&asked, &changes[i])
	}
	var events [][]byte
	for i := range asked.Events {
		entry, err := b.Entry(&asked.Events[i], maxBytes, "claims")
		if err != nil {
			require.ErrorIs(t, err, publish.ErrTooLarge)
			continue
		}
		events = append(events, delivered(t, entry.Source, entry.DetailType, []byte(entry.Detail)))
		if entry.Claim != nil {
			events = append(events, delivered(t, entry.Source, entry.DetailType, entry.Claim.Body))
		}
	}
	return events
}

func TestPreviewedEventsFit(t *testing.T) {
	records, err := os.ReadFile("../../examples/shop/changes.json")
	require.NoError(t, err)
	schemas := compileAll(t, readContract(t, shop))
	for _, maxBytes := range []int{publish.DefaultMaxBytes, 1} {
		events := published(t, readModel(t, shop), records, maxBytes)
		require.Equal(t, maxBytes > 1, len(events) > 0)
		for _, event := range events {
			schemas.check(t, event)
		}
	}
}

var head = regexp.MustCompile(`(?m)^(\S+) from (\S+) at \S+ \S+ \+0000 UTC\n`)

// The golden cases of package publish are all that its events can look like.
func TestGoldenEventsFit(t *testing.T) {
	files, err := filepath.Glob("../publish/testdata/golden/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	events := 0
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		given, want, found := strings.Cut(string(content), "-- want --\n")
		require.True(t, found, file)
		_, yaml, own := strings.Cut(strings.Split(given, "-- records --\n")[0], "-- model --\n")
		if !own {
			src, err := os.ReadFile(shop)
			require.NoError(t, err)
			yaml = string(src)
		}
		c, err := contract.Of(parseModel(t, yaml))
		require.NoError(t, err)
		schemas := compileAll(t, c)
		for _, at := range head.FindAllStringSubmatchIndex(want, -1) {
			var detail json.RawMessage
			require.NoError(t, json.NewDecoder(strings.NewReader(want[at[1]:])).Decode(&detail))
			schemas.check(t, delivered(t, want[at[4]:at[5]], want[at[2]:at[3]], detail))
			events++
		}
	}
	require.Greater(t, events, len(files), "most cases show an event")
}
