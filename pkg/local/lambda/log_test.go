package lambda_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/lambda"
)

// shape is a log with all that changes from run to run taken out.
func shape(log string, results ...lambda.Result) string {
	for n, r := range results {
		log = strings.ReplaceAll(log, r.RequestID, []string{"A", "B"}[n])
	}
	log = regexp.MustCompile(`\d+\.\d\d ms`).ReplaceAllString(log, "N ms")
	log = regexp.MustCompile(`Duration: \d+ ms`).ReplaceAllString(log, "Duration: N ms")
	return regexp.MustCompile(`Used: \d+ MB`).ReplaceAllString(log, "Used: N MB")
}

func TestTheLogOfTwoInvocations(t *testing.T) {
	log := &journal{}
	f := start(t, lambda.Config{Log: log})
	first := invoke(t, f, `{"Do":"print","Text":"two\nlines"}`)
	second := invoke(t, f, `{"Do":"exit"}`)
	require.Equal(t, strings.Join([]string{
		"START RequestId: A Version: $LATEST",
		"two",
		"lines",
		"no newline",
		"END RequestId: A",
		"REPORT RequestId: A\tDuration: N ms\tBilled Duration: N ms\tMemory Size: 128 MB\tMax Memory Used: N MB\t" +
			"Init Duration: N ms\t",
		"START RequestId: B Version: $LATEST",
		"RequestId: B Error: Runtime exited with error: exit status 7",
		"END RequestId: B",
		"REPORT RequestId: B\tDuration: N ms\tBilled Duration: N ms\tMemory Size: 128 MB\tMax Memory Used: N MB\t" +
			"Status: error\tError Type: Runtime.ExitError\t",
		"",
	}, "\n"), shape(log.String(), first, second))
	require.Positive(t, first.MaxMemory)
}

func TestALongLineIsCut(t *testing.T) {
	const limit = 256 << 10
	log := &journal{}
	f := start(t, lambda.Config{Log: log})
	long := strings.Repeat("x", 3*limit)
	invoke(t, f, `{"Do":"print","Text":%q}`, long)
	lines := strings.Split(log.String(), "\n")
	require.Equal(t, long, strings.Join(lines[1:len(lines)-4], ""))
	for _, line := range lines {
		require.Less(t, len(line), limit+64<<10)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestALogThatCannotBeWrittenIsReportedByStop(t *testing.T) {
	f, err := lambda.New(lambda.Config{Name: "consumer", Binary: bootstrap, Log: full{}})
	require.NoError(t, err)
	require.Equal(t, "still", text(t, invoke(t, f, `{"Do":"echo","Text":"still"}`)))
	err = f.Stop(t.Context())
	require.ErrorContains(t, err, "write the function's log: no space left on device")
}
