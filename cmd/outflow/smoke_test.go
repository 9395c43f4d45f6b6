package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/enginetest"
	"github.com/outflow-dev/outflow/internal/target"
	"github.com/outflow-dev/outflow/pkg/local"
	"github.com/outflow-dev/outflow/pkg/local/engine"
	"github.com/outflow-dev/outflow/pkg/model"
)

func TestSmokeUsage(t *testing.T) {
	f := newShopFloor(t)
	for _, row := range []struct {
		name   string
		change func()
		args   []string
		status int
		says   string
	}{
		{"no time", nil, []string{"--wait", "0s"}, exitUsage, "--wait"},
		{"no such outlet", nil, []string{"--skip", "serch"}, exitUsage, "serch"},
		{"no such entity", nil, []string{"--entity", "Ordr"}, exitBlind, "the model has no entity Ordr"},
		{"in AWS without leave", func() { f.target.DynamoDB = "" }, nil, exitUsage, "--yes"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.change != nil {
				row.change()
				f.save()
			}
			status, stdout, stderr := f.run(append([]string{"smoke"}, row.args...)...)
			require.Equal(t, row.status, status, "%s%s", stdout, stderr)
			require.Contains(t, stdout+stderr, row.says)
		})
	}
}

// startShop runs the shop's pipeline on the test's engines and returns its target file.
func startShop(t *testing.T) string {
	t.Helper()
	endpoints := map[engine.Name]string{
		engine.DynamoDB: enginetest.URL(t, enginetest.DynamoDB), engine.OpenSearch: enginetest.URL(t, enginetest.OpenSearch),
		engine.S3: enginetest.URL(t, enginetest.S3),
	}
	id, secret := enginetest.Credentials(t)
	t.Setenv("AWS_ACCESS_KEY_ID", id)
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	m, err := loadModel(shop)
	require.NoError(t, err)
	dir, consumer := t.TempDir(), filepath.Join(t.TempDir(), "bootstrap")
	said, err := exec.CommandContext(t.Context(), "go", "build", "-tags", "lambda.norpc", "-o", consumer, "../../functions/consumer").CombinedOutput()
	require.NoError(t, err, "%s", said)
	p, err := local.Start(t.Context(), local.Config{
		Dir: dir, Model: m, Stage: "smoke-" + strings.ToLower(rand.Text()[:8]), Consumer: consumer,
		Engines: engine.Options{Endpoints: endpoints}, Out: io.Discard,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Stop(context.Background())) })
	return filepath.Join(dir, local.TargetFile)
}

// The canary goes through a running pipeline to all three outlets, and out of them again.
func TestSmoke(t *testing.T) {
	file := startShop(t)
	status, stdout, stderr := outflow(t, "smoke", "--target", file, "--json")
	require.Equal(t, exitFine, status, "%s%s", stdout, stderr)
	var report smokeReport
	require.NoError(t, json.Unmarshal([]byte(stdout), &report))
	require.Equal(t, "Order", report.Entity, "it shows in most places")
	var places []string
	for _, s := range report.Seen {
		require.Equal(t, stateSeen, s.State, s.Place)
		require.Positive(t, s.Milliseconds)
		places = append(places, s.Step+" "+s.Place)
	}
	require.Equal(t, []string{"written document", "written event", "written audit line",
		"deleted document", "deleted event", "deleted audit line"}, places)

	status, stdout, _ = outflow(t, "smoke", "--target", file, "--entity", "OrderLink", "--skip", "search,events")
	require.Equal(t, exitFine, status, stdout)
	require.Equal(t, 2, strings.Count(stdout, "audit line"))
	status, stdout, _ = outflow(t, "smoke", "--target", file, "--entity", "Product", "--skip", "search,audit")
	require.Equal(t, exitUnproven, status)
	require.Contains(t, stdout, "no event is sure to announce")
	status, _, stderr = outflow(t, "smoke", "--target", file, "--skip", "search,audit,events")
	require.Equal(t, exitUnproven, status)
	require.Contains(t, stderr, "nothing was looked at")

	_, stdout, _ = outflow(t, "why", string(report.Key), "--target", file)
	require.Contains(t, stdout, "not in the table")
	requireUnseen(t, file)
}

// What a place does not show, cannot show or does not answer decides the exit status; the item goes again whatever was seen.
func requireUnseen(t *testing.T, file string) {
	t.Helper()
	local, err := target.Load(file)
	require.NoError(t, err)
	for _, row := range []struct {
		name   string
		change func(*target.Target)
		args   []string
		status int
		says   string
	}{
		{"too slow", func(*target.Target) {}, []string{"--wait", "1ms"}, exitWrong, "missing"},
		{"no answer", func(l *target.Target) { l.OpenSearch = "http://127.0.0.1:1" }, []string{"--wait", "1s", "--skip", "events,audit"},
			exitBlind, "Nothing answers at the address"},
		{"a bus in AWS", func(l *target.Target) { l.Events = "" }, []string{"--skip", "search,audit"}, exitUnproven, "events tail"},
	} {
		changed := local
		row.change(&changed)
		other := filepath.Join(filepath.Dir(file), "changed.json")
		require.NoError(t, changed.Save(other))
		status, stdout, stderr := outflow(t, append([]string{"smoke", "--target", other, "--json"}, row.args...)...)
		require.Equal(t, row.status, status, "%s: %s%s", row.name, stdout, stderr)
		require.Contains(t, stdout, row.says, row.name)
		var report smokeReport
		require.NoError(t, json.Unmarshal([]byte(stdout), &report))
		_, stdout, _ = outflow(t, "why", string(report.Key), "--target", file, "--json")
		require.Contains(t, stdout, `"item": null`, row.name)
	}
}

// A rule that the canary cannot foresee is none of its events, and one that it can is met.
func TestCanaryMeetsTheRules(t *testing.T) {
	source := `outflow: 1
name: rules
event_source: com.example.rules
table: {key: [PK], ttl: gone_at, stamps: {actor: by, revision: rev}}
entities:
  Plain: {key: {PK: "PLAIN#{id}"}}
  Rich:
    key: {PK: "RICH#{seq:06}"}
    required: [name, place]
    attributes: {seq: integer, name: string, place: {fields: {lat: number, lon: number}}, state: {enum: [A, B]}, sum: decimal, at: timestamp}
    search: {index: rich, text: [name]}
    events:
      Dear: {change: insert, when: "new.sum > 5", data: [sum]}
      Ready: {becomes: {state: B}, data: [state, at]}
      Left: {change: remove, data: [name]}
`
	m, faults := model.Parse("model.yaml", []byte(source))
	require.NoError(t, faults.Err())
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	c, err := newCanary(m, "", [16]byte{1, 2, 3, 4, 5}, now)
	require.NoError(t, err)
	require.Equal(t, "Rich", c.entity.Name)
	require.Equal(t, "Ready", c.event.Name)
	require.Equal(t, "Left", c.removal.Name)
	require.True(t, c.indexed)
	require.Equal(t, "B", c.fields["state"])
	require.Equal(t, now.Add(canaryLife), c.fields["gone_at"])
	require.Equal(t, "outflow smoke", c.stamp.Actor)
	require.Contains(t, string(c.key), `{"PK":{"S":"RICH#`)
	require.NotContains(t, c.fields, "sum")

	c, err = newCanary(m, "Plain", [16]byte{1}, now)
	require.NoError(t, err)
	require.Nil(t, c.event)
	require.False(t, c.indexed)
}
