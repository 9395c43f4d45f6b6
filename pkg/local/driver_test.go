package local_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local"
	"github.com/outflow-dev/outflow/pkg/local/lambda"
	"github.com/outflow-dev/outflow/pkg/mapping"
	"github.com/outflow-dev/outflow/pkg/stream"
)

// driven is a driver that runs.
type driven struct {
	t      *testing.T
	driver *local.Driver
	log    *bytes.Buffer // to be read when it has stopped
	cancel context.CancelFunc
	ended  chan error
}

// drive runs a driver in the bubble of the test, where time passes as soon as nothing else is to do.
func drive(t *testing.T, path string, s *fakeStream, f *fakeFunction, with ...func(*local.Driver)) *driven {
	t.Helper()
	config := mapping.Defaults()
	config.ID, config.StreamARN, config.FunctionARN = "00000000-0000-0000-0000-000000000001", streamARN, "arn:aws:lambda:x"
	config.StartingPosition, config.BatchSize, config.ReportBatchItemFailures = mapping.TrimHorizon, 10, true
	log := &bytes.Buffer{}
	d := &local.Driver{
		Mapping: config, Stream: s, Function: f, Checkpoints: local.Checkpoints{Path: path, Stream: streamARN},
		Log: slog.New(slog.NewJSONHandler(log, nil)),
	}
	for _, set := range with {
		set(d)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r := &driven{t, d, log, cancel, make(chan error, 1)}
	go func() { r.ended <- d.Run(ctx) }()
	return r
}

func (r *driven) stop() {
	r.t.Helper()
	r.cancel()
	require.NoError(r.t, <-r.ended)
}

func checkpointsFile(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "checkpoints.json")
}

func TestDriverHandsOverInOrderAndGoesOnAfterARestart(t *testing.T) {
	path := checkpointsFile(t)
	synctest.Test(t, func(t *testing.T) {
		s, f := &fakeStream{records: 25}, &fakeFunction{}
		r := drive(t, path, s, f)
		require.Equal(t, []string{"1-10", "11-20", "21-25"}, f.until(t, 3))
		r.stop()

		s.write(3)
		s.next = 0
		f = &fakeFunction{}
		r = drive(t, path, s, f)
		require.Equal(t, []string{"26-28"}, f.until(t, 1))
		r.stop()
	})
}

func TestDriverGivesAgainWhatThePartialResponseNames(t *testing.T) {
	path := checkpointsFile(t)
	synctest.Test(t, func(t *testing.T) {
		s, f := &fakeStream{records: 20}, &fakeFunction{}
		f.answer = func(call int, _, _ string) (lambda.Result, error) {
			if call == 1 {
				return failedFrom("5")
			}
			return done()
		}
		r := drive(t, path, s, f)
		require.Equal(t, []string{"1-10", "5-10", "11-20"}, f.until(t, 3))
		r.stop()
	})
}

func TestDriverThatIsStoppedKeepsWhatTheRunningInvocationDoes(t *testing.T) {
	path := checkpointsFile(t)
	synctest.Test(t, func(t *testing.T) {
		s, f, release := &fakeStream{records: 30}, &fakeFunction{}, make(chan struct{})
		f.answer = func(int, string, string) (lambda.Result, error) {
			<-release
			return failedFrom("8")
		}
		r := drive(t, path, s, f)
		f.until(t, 1)
		r.cancel()
		synctest.Wait()
		require.Empty(t, r.ended, "it waits for the invocation")
		close(release)
		require.NoError(t, <-r.ended)
		require.Equal(t, []string{"1-10"}, f.got(), "nothing is begun after the stop")

		s.next = 0
		f = &fakeFunction{}
		r = drive(t, path, s, f)
		require.Equal(t, "8-", f.until(t, 1)[0][:2], "neither lost nor given twice")
		r.stop()
	})
}

func TestDriverLogsAlarms(t *testing.T) {
	once := func(d *local.Driver) { d.Mapping.MaximumRetryAttempts = 0 }
	for _, row := range []struct {
		name, want string
		stream     *fakeStream
		answer     func(int, string, string) (lambda.Result, error)
	}{
		{"the stream lost records", `"alarm":"trimmed"`, &fakeStream{records: 1, fail: stream.ErrTrimmed},
			func(int, string, string) (lambda.Result, error) { return done() }},
		{"the shard is gone", `"alarm":"shard gone"`, &fakeStream{records: 1, fail: stream.ErrGone}, nil},
		{"a batch was given up", `"alarm":"dropped"`, &fakeStream{records: 1},
			func(int, string, string) (lambda.Result, error) {
				return lambda.Result{Outcome: lambda.Crashed, Error: &lambda.FunctionError{Type: "Runtime.ExitError"}}, nil
			}},
	} {
		t.Run(row.name, func(t *testing.T) {
			path := checkpointsFile(t)
			synctest.Test(t, func(t *testing.T) {
				f := &fakeFunction{answer: row.answer}
				r := drive(t, path, row.stream, f, once)
				if row.answer != nil {
					f.until(t, 1)
				} else {
					pass()
				}
				r.stop()
				require.Contains(t, r.log.String(), row.want)
				require.Contains(t, r.log.String(), `"level":"ERROR"`)
				require.Len(t, r.driver.Alarms(), 1)
				for _, raised := range r.driver.Alarms() {
					require.Positive(t, raised.Times)
					require.NotEmpty(t, raised.Message)
				}
			})
		})
	}
}

// fakeDestination refuses the first batch that it is given.
type fakeDestination struct{ stored []int }

func (f *fakeDestination) Store(_ context.Context, failure mapping.Failure) error {
	f.stored = append(f.stored, len(failure.Records))
	if len(f.stored) == 1 {
		return errors.New("SlowDown")
	}
	return nil
}

func TestDriverStoresWhatIsGivenUpAndGoesOn(t *testing.T) {
	path := checkpointsFile(t)
	synctest.Test(t, func(t *testing.T) {
		s, f, kept := &fakeStream{records: 12}, &fakeFunction{}, &fakeDestination{}
		f.answer = func(_ int, first, _ string) (lambda.Result, error) {
			if first == "1" {
				return lambda.Result{Outcome: lambda.TimedOut}, nil
			}
			return done()
		}
		r := drive(t, path, s, f, func(d *local.Driver) {
			d.Mapping.MaximumRetryAttempts, d.Mapping.OnFailure, d.Destination = 1, true, kept
		})
		require.Equal(t, []string{"1-10", "1-10", "11-12"}, f.until(t, 3))
		r.stop()
		require.Equal(t, []int{10, 10}, kept.stored)
		require.Contains(t, r.log.String(), `"alarm":"not stored"`)
	})
}

func TestDriverEndsWhereItCannotKeepCheckpoints(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "checkpoints.json")
	synctest.Test(t, func(t *testing.T) {
		r := drive(t, path, &fakeStream{records: 5}, &fakeFunction{})
		err := <-r.ended
		r.cancel()
		require.ErrorIs(t, err, os.ErrNotExist)
		require.ErrorContains(t, err, path)
	})
}

func TestDriverPassesOverWhatTheFilterDoesNotMatch(t *testing.T) {
	path := checkpointsFile(t)
	synctest.Test(t, func(t *testing.T) {
		s, f := &fakeStream{records: 12}, &fakeFunction{}
		r := drive(t, path, s, f, func(d *local.Driver) {
			d.Mapping.Filters = []string{`{"dynamodb":{"SequenceNumber":["4","11"]}}`}
		})
		require.Equal(t, []string{"4-11"}, f.until(t, 1))
		require.Equal(t, 10, r.driver.Snapshot().Metrics.FilteredOutEventCount)
		r.stop()
		saved, err := local.Checkpoints{Path: path, Stream: streamARN}.Load()
		require.NoError(t, err)
		require.Equal(t, "12", saved[0].Position.Sequence, "the checkpoint moves over what was filtered out")
	})
}

func TestDriverRefusesABadFilter(t *testing.T) {
	d := &local.Driver{Checkpoints: local.Checkpoints{Path: checkpointsFile(t)}}
	d.Mapping.Filters = []string{`{"eventName":"INSERT"}`}
	require.ErrorContains(t, d.Run(t.Context()), "filter 1: event pattern: line 1, column 14")
}

func TestDriverIsDisabledAndEnabled(t *testing.T) {
	path := checkpointsFile(t)
	synctest.Test(t, func(t *testing.T) {
		s, f := &fakeStream{records: 3}, &fakeFunction{}
		r := drive(t, path, s, f)
		f.until(t, 1)
		require.NoError(t, r.driver.Disable(t.Context()))
		s.write(2)
		pass()
		require.Equal(t, []string{"1-3"}, f.got())
		require.False(t, r.driver.Snapshot().Enabled)
		require.NoError(t, r.driver.Enable(t.Context()))
		require.Equal(t, []string{"1-3", "4-5"}, f.until(t, 2))
		r.stop()
		over, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorContains(t, r.driver.Disable(over), "does it run?")
	})
}
