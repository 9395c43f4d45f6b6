package lambda_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/lambda"
)

func TestAnIdleInstanceIsUsedAgain(t *testing.T) {
	f := start(t, lambda.Config{})
	first := invoke(t, f, `{"Do":"echo","Text":"a"}`)
	require.Equal(t, "a", text(t, first))
	require.True(t, first.Cold)
	require.Positive(t, first.InitDuration)
	second := invoke(t, f, `{"Do":"echo","Text":"b"}`)
	require.Equal(t, "b", text(t, second))
	require.False(t, second.Cold)
	require.Equal(t, first.PID, second.PID)
	require.NotEqual(t, first.RequestID, second.RequestID)
	require.Equal(t, []int{first.PID}, f.Instances())
}

// How invocations fail, and whether the next one is cold.
func TestOutcomes(t *testing.T) {
	const short = 300 * time.Millisecond
	rows := []struct {
		name, event   string
		timeout       time.Duration
		outcome       lambda.Outcome
		kind, message string
		coldAfter     bool
	}{
		{"error", `{"Do":"error","Text":"no stock"}`, 0, lambda.Failed, "broken", "no stock", false},
		{"panic", `{"Do":"panic","Text":"oh no"}`, 0, lambda.Failed, "string", "oh no", true},
		{"exit with a status", `{"Do":"exit"}`, 0, lambda.Crashed, "Runtime.ExitError", "exit status 7", true},
		{"exit without one", `{"Do":"leave"}`, 0, lambda.Crashed, "Runtime.ExitError", "without providing a reason", true},
		{"hang", `{"Do":"hang"}`, short, lambda.TimedOut, "Sandbox.Timedout", "timed out after 0.30 seconds", true},
		{"leak", `{"Do":"leak","Size":2000}`, 0, lambda.OutOfMemory, "Runtime.OutOfMemory", "signal: killed", true},
		{"response too large", `{"Do":"large","Size":6300000}`, 0, lambda.Failed, "Function.ResponseSizeTooLarge",
			"6291556 bytes", true},
		{"response breaks off", `{"Do":"half"}`, 0, lambda.Failed, "broken", "source ran dry", false},
		{"wrong type of event", `[1]`, 0, lambda.Failed, "UnmarshalTypeError", "cannot unmarshal array", false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			f := start(t, lambda.Config{Timeout: row.timeout})
			r := invoke(t, f, "%s", row.event)
			require.Equal(t, row.outcome, r.Outcome, "%s", r.Payload)
			require.Equal(t, row.kind, r.Error.Type)
			require.Contains(t, r.Error.Message, row.message)
			require.ErrorContains(t, r.Err(), row.message)
			var payload lambda.FunctionError
			require.NoError(t, json.Unmarshal(r.Payload, &payload))
			require.Equal(t, *r.Error, payload)
			if row.timeout == 0 { // the time-out of the other may be too short for a cold start on a loaded machine
				next := invoke(t, f, `{"Do":"echo","Text":"well"}`)
				require.Equal(t, "well", text(t, next))
				require.Equal(t, row.coldAfter, next.Cold)
			}
			if row.coldAfter {
				requireGone(t, r.PID)
			}
		})
	}
}

func TestAPanicReportsItsStack(t *testing.T) {
	r := invoke(t, start(t, lambda.Config{}), `{"Do":"panic","Text":"oh no"}`)
	require.Contains(t, string(r.Payload), `"stackTrace":[`)
}

func TestMemoryBelowTheLimitIsFine(t *testing.T) {
	f := start(t, lambda.Config{Memory: 512})
	r := invoke(t, f, `{"Do":"leak","Size":200}`)
	require.Equal(t, lambda.Succeeded, r.Outcome, "%s", r.Payload)
	require.Greater(t, r.MaxMemory, int64(200<<20))
	require.Less(t, r.MaxMemory, int64(512<<20))
}

func TestInitThatFails(t *testing.T) {
	rows := []struct {
		name, mode, kind, message string
		timeout                   time.Duration
	}{
		{"exits", "exit", "Runtime.ExitError", "exit status 3", 0},
		{"reports", "init-error", "Config.Invalid", "no table", 0},
		{"hangs", "hang", "Sandbox.Timedout", "timed out after 0.20 seconds", 200 * time.Millisecond},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			log := &journal{}
			f := start(t, lambda.Config{
				Env: map[string]string{"MODE": row.mode}, Timeout: row.timeout, InitTimeout: row.timeout, Log: log,
			})
			r := invoke(t, f, `{"Do":"echo"}`)
			require.Equal(t, lambda.InitFailed, r.Outcome)
			require.Equal(t, row.kind, r.Error.Type)
			require.Contains(t, r.Error.Message, row.message)
			require.Empty(t, f.Instances())
			require.Equal(t, 2, count(log.String(), "INIT_REPORT"), "Lambda tries a failed init once more:\n%s", log)
			require.Equal(t, 1, count(log.String(), "Phase: invoke"), "%s", log)
			require.Equal(t, 1, count(log.String(), "START RequestId: "+r.RequestID), "%s", log)
		})
	}
}

func TestSecondInitServesTheInvocation(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "mark")
	log := &journal{}
	env := map[string]string{"MODE": "slow-once", "MARK": mark}
	f := start(t, lambda.Config{Env: env, InitTimeout: time.Second, Log: log})
	r := invoke(t, f, `{"Do":"echo","Text":"late"}`)
	require.Equal(t, "late", text(t, r))
	require.Greater(t, r.Duration, r.InitDuration, "the second init is part of the invocation")
	require.Contains(t, log.String(), "Phase: init\tStatus: timeout")
	require.Equal(t, 1, count(log.String(), "START"), "%s", log)
}

func TestABinaryThatVanished(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "bootstrap")
	content, err := os.ReadFile(bootstrap)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(binary, content, 0o700))
	f := start(t, lambda.Config{Binary: binary})
	require.NoError(t, os.Remove(binary))
	r := invoke(t, f, `{}`)
	require.Equal(t, lambda.InitFailed, r.Outcome)
	require.Equal(t, "Runtime.InvalidEntrypoint", r.Error.Type)
	require.Contains(t, r.Error.Message, "build the function")
	require.Zero(t, r.PID)
}

func TestPayloadsThatLambdaRefuses(t *testing.T) {
	f := start(t, lambda.Config{})
	rows := []struct {
		name, payload string
		want          error
	}{
		{"no JSON", `{"Do":`, lambda.ErrNotJSON},
		{"empty", ``, lambda.ErrNotJSON},
		{"too large", `"` + strings.Repeat("x", lambda.MaxPayload-1) + `"`, lambda.ErrTooLarge},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, err := f.Invoke(t.Context(), []byte(row.payload))
			require.ErrorIs(t, err, row.want)
			require.ErrorContains(t, err, "consumer")
		})
	}
	require.Empty(t, f.Instances(), "nothing was started for them")
}

func TestTheLargestPayloads(t *testing.T) {
	f := start(t, lambda.Config{Memory: 512})
	padding := strings.Repeat("x", lambda.MaxPayload-len(`{"Do":"echo","Text":""}`))
	require.Equal(t, padding, text(t, invoke(t, f, `{"Do":"echo","Text":%q}`, padding)))
	most := invoke(t, f, `{"Do":"large","Size":%d}`, lambda.MaxResponse-len(`""`))
	require.Equal(t, lambda.Succeeded, most.Outcome)
	require.Len(t, most.Payload, lambda.MaxResponse)
}

func TestACallerThatGivesUp(t *testing.T) {
	f := start(t, lambda.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	done := hanging(ctx, t, f)
	pids := f.Instances()
	cancel()
	require.ErrorIs(t, (<-done).err, context.Canceled)
	requireGone(t, pids[0])
	require.Equal(t, "on", text(t, invoke(t, f, `{"Do":"echo","Text":"on"}`)))
	_, err := f.Invoke(ctx, []byte(`{}`))
	require.ErrorIs(t, err, context.Canceled)
}
