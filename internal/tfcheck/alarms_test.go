package tfcheck_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/consume"
)

// written are the metrics of ours that alarms and dashboard name, each with the dimensions that it is written with.
var (
	ofBatches = []string{consume.MetricRecords, consume.MetricFaults, consume.MetricUnmatched, consume.MetricPending, consume.MetricIterator,
		consume.MetricDuration, audit.MetricDigests, audit.MetricSealFaults, audit.MetricBatches, audit.MetricUnresolved}
	ofOutlets = []string{consume.MetricParked, consume.MetricWritten, consume.MetricRejected}
)

// Nobody is woken by a metric that no function writes.
func TestAlarmsWatchMetricsThatAreWritten(t *testing.T) {
	watched := 0
	for _, r := range deployment(t) {
		if r.Type != "aws_cloudwatch_metric_alarm" || r.Values["namespace"] != consume.Namespace {
			continue
		}
		watched++
		dimensions, ok := r.Values["dimensions"].(map[string]any)
		require.True(t, ok, r.Address)
		require.Equal(t, "prod", dimensions["Stage"])
		require.Regexp(t, `^shop-prod-(search|ledger|digester)$`, dimensions["Function"])
		requireMetric(t, value(t, r, "metric_name"), dimensions["Outlet"] != nil, len(dimensions))
	}
	require.Greater(t, watched, 10)
}

func requireMetric(t testing.TB, name string, ofOutlet bool, dimensions int) {
	t.Helper()
	if ofOutlet {
		require.Contains(t, ofOutlets, name)
		require.Equal(t, 3, dimensions)
		return
	}
	require.Contains(t, ofBatches, name)
	require.Equal(t, 2, dimensions)
}

func TestDashboardShowsMetricsThatAreWritten(t *testing.T) {
	var body struct {
		Widgets []struct {
			Properties struct {
				Title   string
				Metrics [][]string
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(value(t, resource(t, "aws_cloudwatch_dashboard", ""), "dashboard_body")), &body))
	require.Greater(t, len(body.Widgets), 8)
	for _, w := range body.Widgets {
		require.NotEmpty(t, w.Properties.Metrics, w.Properties.Title)
		for _, m := range w.Properties.Metrics {
			if m[0] == consume.Namespace {
				requireMetric(t, m[1], slices.Contains(m, "Outlet"), (len(m)-2)/2)
			}
		}
	}
}

var page = regexp.MustCompile(`\(docs/runbooks/([a-z-]+)\.md\)\.$`)

// Every alarm names a page that is there, every page has an alarm, and the table of pages has all.
func TestEveryAlarmHasItsPage(t *testing.T) {
	named := map[string]bool{}
	for _, r := range deployment(t) {
		if r.Type == "aws_cloudwatch_metric_alarm" {
			m := page.FindStringSubmatch(value(t, r, "alarm_description"))
			require.NotNil(t, m, r.Address)
			named[m[1]] = true
		}
	}
	index, err := os.ReadFile(filepath.Join(repository, "docs", "runbooks", "README.md"))
	require.NoError(t, err)
	pages, err := filepath.Glob(filepath.Join(repository, "docs", "runbooks", "*.md"))
	require.NoError(t, err)
	require.Len(t, pages, len(named)+1)
	for name := range named {
		content, err := os.ReadFile(filepath.Join(repository, "docs", "runbooks", name+".md"))
		require.NoError(t, err)
		for _, part := range []string{"**Symptoms.**", "**First look.**", "**Causes", "ending", "**Over when**"} {
			require.Contains(t, string(content), part, name)
		}
		require.Contains(t, string(index), "["+name+"]("+name+".md)")
	}
}
