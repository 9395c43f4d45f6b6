package local_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/local"
)

func TestMeterAddsUpTheMetricsOfALog(t *testing.T) {
	var log bytes.Buffer
	meter := &local.Meter{Out: &log}
	metrics := &consume.Metrics{Out: meter, Function: "consumer", Stage: "dev"}
	for range 3 {
		require.NoError(t, metrics.Write(time.Now(), "", consume.Counts{consume.MetricRecords: 10, consume.MetricDuration: 7}))
		require.NoError(t, metrics.Write(time.Now(), consume.Search, consume.Counts{consume.MetricWritten: 4, consume.MetricStale: 1}))
	}
	for _, line := range []string{
		"START RequestId: A\n", `{"msg":"no metric"}` + "\n", `{"_aws":` + "\n", `{"_aws":[]}` + "\n",
		`{"_aws":{"CloudWatchMetrics":[{"Metrics":[{"Name":"Written","Unit":"Count"}]}]},"Outlet":"audit","Written":"four"}` + "\n",
		"two lines in one\n" + `{"_aws":{"CloudWatchMetrics":[{"Metrics":[{"Name":"Written","Unit":"Count"}]}]},"Outlet":"audit","Written":5}` + "\n",
	} {
		n, err := meter.Write([]byte(line))
		require.NoError(t, err)
		require.Equal(t, len(line), n)
	}
	require.Equal(t, map[string]map[string]int{
		"": {consume.MetricRecords: 30}, consume.Search: {consume.MetricWritten: 12, consume.MetricStale: 3}, consume.Audit: {consume.MetricWritten: 5},
	}, meter.Counts())
	require.Contains(t, log.String(), "START RequestId: A\n")
	require.Contains(t, log.String(), `{"msg":"no metric"}`)
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestMeterTellsOfALogThatCannotBeWritten(t *testing.T) {
	_, err := (&local.Meter{Out: fullDisk{}}).Write([]byte("x\n"))
	require.ErrorContains(t, err, "no space left")
}
