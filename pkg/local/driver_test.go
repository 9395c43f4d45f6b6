package local_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	streamtypes "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local"
	"github.com/outflow-dev/outflow/pkg/local/lambda"
	"github.com/outflow-dev/outflow/pkg/mapping"
	"github.com/outflow-dev/outflow/pkg/stream"
)

// fakeStream is one open shard whose records are numbered from 1.
type fakeStream struct {
	mu      sync.Mutex
	records int
	next    int   // index of the record that the iterator is at
	fail    error // what the next read answers
}

func (f *fakeStream) Shards(context.Context) ([]stream.Shard, error) {
	return []stream.Shard{{ID: "shard-1"}}, nil
}

func (f *fakeStream) Read(_ context.Context, reading stream.Reading) (stream.Batch, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.fail; err != nil {
		f.fail = nil
		return stream.Batch{}, err
	}
	if at, err := strconv.Atoi(reading.From.Sequence); reading.Restart || f.next == 0 {
		f.next = 1
		if err == nil && reading.From.Type == stream.After {
			f.next = at + 1
		} else if err == nil {
			f.next = at
		}
	}
	var batch stream.Batch
	for ; f.next <= f.records && len(batch.Records) < reading.Limit; f.next++ {
		batch.Records = append(batch.Records, stream.NewRecord(streamtypes.Record{Dynamodb: &streamtypes.StreamRecord{
			SequenceNumber: aws.String(strconv.Itoa(f.next)), ApproximateCreationDateTime: aws.Time(time.Now()),
		}}, streamARN))
	}
	return batch, nil
}

// write adds records behind the last.
func (f *fakeStream) write(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.records += n
}

// fakeFunction notes the batches that it gets, as first and last record, and answers what the knob says.
type fakeFunction struct {
	answer func(call int, first, last string) (lambda.Result, error) // nil: all went well

	mu      sync.Mutex
	batches []string
}

func (f *fakeFunction) Invoke(_ context.Context, payload []byte) (lambda.Result, error) {
	var event struct {
		Records []struct {
			Dynamodb struct{ SequenceNumber string }
		}
	}
	if err := json.Unmarshal(payload, &event); err != nil {
		return lambda.Result{}, err
	}
	first, last := event.Records[0].Dynamodb.SequenceNumber, event.Records[len(event.Records)-1].Dynamodb.SequenceNumber
	f.mu.Lock()
	f.batches = append(f.batches, first+"-"+last)
	call := len(f.batches)
	f.mu.Unlock()
	if f.answer == nil {
		return lambda.Result{Outcome: lambda.Succeeded, Payload: []byte(`{"batchItemFailures":[]}`)}, nil
	}
	return f.answer(call, first, last)
}

func (f *fakeFunction) got() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.batches)
}

func failedFrom(sequence string) (lambda.Result, error) {
	return lambda.Result{Outcome: lambda.Succeeded, Payload: []byte(`{"batchItemFailures":[{"itemIdentifier":"` + sequence + `"}]}`)}, nil
}

func done() (lambda.Result, error) { return lambda.Result{Outcome: lambda.Succeeded}, nil }

// driven is a driver that runs.
type driven struct {
	t      *testing.T
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
	r := &driven{t, log, cancel, make(chan error, 1)}
	go func() { r.ended <- d.Run(ctx) }()
	return r
}

func (r *driven) stop() {
	r.t.Helper()
	r.cancel()
	require.NoError(r.t, <-r.ended)
}

// until lets time pass, up to an hour of it, until the function has got that many batches, and returns them when what
// follows from the last is done too.
func (f *fakeFunction) until(t *testing.T, batches int) []string {
	t.Helper()
	for hour := time.Now().Add(time.Hour); len(f.got()) < batches && time.Now().Before(hour); {
		pass()
	}
	pass()
	require.GreaterOrEqual(t, len(f.got()), batches)
	return f.got()
}

// pass lets a second of the bubble's time pass, which takes none outside, and what is due in it happen.
func pass() {
	time.Sleep(time.Second) //nolint:forbidigo // of the bubble's time
	synctest.Wait()
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
