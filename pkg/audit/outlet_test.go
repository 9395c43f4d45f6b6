package audit_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
)

const small = `
outflow: 1
name: small
table: {key: [PK, SK]}
entities:
  Thing: {key: {PK: "T#{id}", SK: X}, attributes: {count: integer}}
`

var now = time.Unix(1793611300, 0)

// world is an outlet with a bucket.
type world struct {
	model  *model.Model
	bucket *s3fake.S3
	outlet *audit.Outlet
}

func newWorld(t require.TestingT, yaml string, client audit.S3, retention audit.Retention) *world {
	m, faults := model.Parse("model.yaml", []byte(yaml))
	require.NoError(t, faults.Err())
	w := &world{model: m, bucket: &s3fake.S3{}}
	if client == nil {
		client = w.bucket
	}
	w.outlet = audit.NewOutlet(audit.OutletConfig{
		Model: m, Log: "small-dev", Client: client, Bucket: "audit", Retention: retention,
		Now: func() time.Time { return now }, Retry: consume.Retry{First: 1, Max: 1, Attempts: 4},
	})
	return w
}

// record is a record of an item in the first hours of 2026-11-02, or one that does not decode.
type record struct {
	number, hour int
	item         string // "" for one that does not decode
}

func (r record) json() string {
	images := fmt.Sprintf(`"Keys":{"PK":{"S":"T#%[1]s"},"SK":{"S":"X"}},"NewImage":{"PK":{"S":"T#%[1]s"},"SK":{"S":"X"},"count":{"N":"%d"}}`,
		r.item, r.number)
	if r.item == "" {
		images = `"Keys":{"PK":{"S":7}}`
	}
	return fmt.Sprintf(`{"eventID":"e%d","eventName":"INSERT","eventSource":"aws:dynamodb",
		"eventSourceARN":"arn:aws:dynamodb:eu-west-1:123456789012:table/small/stream/2026-11-01T09:14:07.312","dynamodb":{
		"ApproximateCreationDateTime":%d,"SequenceNumber":"%021d",%s}}`, r.number, 1793577600+3600*r.hour+r.number%3600, r.number, images)
}

func (w *world) changes(t require.TestingT, records ...record) []*change.Change {
	var all []string
	for _, r := range records {
		all = append(all, r.json())
	}
	decoded, err := change.Decode(w.model, []byte(`{"Records":[`+strings.Join(all, ",")+`]}`))
	require.NoError(t, err)
	pointers := make([]*change.Change, len(decoded))
	for i := range decoded {
		pointers[i] = &decoded[i]
	}
	return pointers
}

func lines(t require.TestingT, bucket *s3fake.S3) []audit.Line {
	var all []audit.Line
	objects := bucket.Objects()
	for _, key := range slices.Sorted(maps.Keys(objects)) {
		some, err := audit.ReadSegment(key, objects[key].Body)
		require.NoError(t, err)
		all = append(all, some...)
	}
	return all
}

func TestSegmentsArePutOnceWithChecksumAndRetention(t *testing.T) {
	w := newWorld(t, small, nil, audit.Retention{Mode: types.ObjectLockRetentionModeGovernance, Days: 2})
	o := w.outlet.Deliver(t.Context(), w.changes(t, record{1, 0, "a"}, record{2, 1, "b"}, record{3, 0, ""}))
	require.Empty(t, o.Pending)
	require.Empty(t, o.Poison)
	require.Equal(t, consume.Counts{consume.MetricWritten: 2}, o.Counts)
	all := lines(t, w.bucket)
	require.Len(t, all, 3)
	require.True(t, all[1].IsRaw())
	for key, object := range w.bucket.Objects() {
		require.True(t, strings.HasPrefix(key, "audit/v1/small-dev/dt=2026-11-02/hour=0"), key)
		require.Equal(t, "*", *object.Input.IfNoneMatch)
		require.NotNil(t, object.Input.ChecksumSHA256)
		require.Equal(t, "application/gzip", *object.Input.ContentType)
		require.Equal(t, types.ObjectLockModeGovernance, object.Input.ObjectLockMode)
		require.Equal(t, now.UTC().AddDate(0, 0, 2), *object.Input.ObjectLockRetainUntilDate)
	}
}

func TestNoRetentionStatesNone(t *testing.T) {
	w := newWorld(t, small, nil, audit.Retention{})
	require.Empty(t, w.outlet.Deliver(t.Context(), w.changes(t, record{1, 0, "a"})).Pending)
	for _, object := range w.bucket.Objects() {
		require.Empty(t, object.Input.ObjectLockMode)
		require.Nil(t, object.Input.ObjectLockRetainUntilDate)
	}
}

func TestFailedPutsAreMadeAgain(t *testing.T) {
	for name, fault := range map[string]s3fake.Fault{
		"conflict":                 {Err: s3fake.Error("ConditionalRequestConflict")},
		"internal":                 {Err: s3fake.Error("InternalError")},
		"no answer":                {Err: errors.New("connection reset by peer")},
		"no answer, but an effect": {Err: errors.New("connection reset by peer"), Effect: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, small, nil, audit.Retention{})
			calls := 0
			w.bucket.Fail = func(string, string) s3fake.Fault {
				if calls++; calls <= 1 {
					return fault
				}
				return s3fake.Fault{}
			}
			o := w.outlet.Deliver(t.Context(), w.changes(t, record{1, 0, "a"}))
			require.Empty(t, o.Pending)
			require.NoError(t, o.Err)
			require.Len(t, lines(t, w.bucket), 1)
			require.Equal(t, 1, o.Counts[consume.MetricRejected])
		})
	}
}

func TestOutageLeavesOnlyWhatIsNotThere(t *testing.T) {
	for code, hint := range map[string]string{
		"NoSuchBucket":   "OUTFLOW_AUDIT_BUCKET",
		"AccessDenied":   "s3:PutObjectRetention",
		"InvalidRequest": "object lock",
		"SlowDown":       "SlowDown",
	} {
		t.Run(code, func(t *testing.T) {
			w := newWorld(t, small, nil, audit.Retention{})
			w.bucket.Fail = func(_, key string) s3fake.Fault {
				if strings.Contains(key, "hour=01") {
					return s3fake.Fault{Err: s3fake.Error(code)}
				}
				return s3fake.Fault{}
			}
			o := w.outlet.Deliver(t.Context(), w.changes(t, record{1, 0, "a"}, record{2, 1, "a"}, record{3, 0, "b"}, record{4, 1, "b"}))
			require.Equal(t, []int{1, 3}, o.Pending)
			require.ErrorContains(t, o.Err, hint)
			require.Len(t, w.bucket.Puts, 1)
		})
	}
}

func TestSegmentThatIsThereIsReadBack(t *testing.T) {
	w := newWorld(t, small, nil, audit.Retention{})
	changes := w.changes(t, record{1, 0, "a"})
	require.Empty(t, w.outlet.Deliver(t.Context(), changes).Pending)
	key := w.bucket.Puts[0]
	stored := w.bucket.Objects()[key].Body
	t.Run("same", func(t *testing.T) {
		o := w.outlet.Deliver(t.Context(), changes)
		require.Empty(t, o.Pending)
		require.Equal(t, consume.Counts{consume.MetricRepeated: 1}, o.Counts)
	})
	t.Run("cut on its way back", func(t *testing.T) {
		cut := true
		w.bucket.Fail = func(operation, _ string) s3fake.Fault {
			if operation == "GetObject" && cut {
				cut = false
				return s3fake.Fault{Cut: 20}
			}
			return s3fake.Fault{}
		}
		require.Empty(t, w.outlet.Deliver(t.Context(), changes).Pending)
		require.False(t, cut)
	})
	other := audit.Cut(w.model, "small-dev", []change.Change{*w.changes(t, record{2, 0, "b"})[0]})[0]
	otherBody, err := other.Compressed()
	require.NoError(t, err)
	for name, body := range map[string][]byte{"altered": stored[:len(stored)-1], "other lines": otherBody, "nothing": {}} {
		t.Run(name, func(t *testing.T) {
			w.bucket.Set(key, body)
			o := w.outlet.Deliver(t.Context(), changes)
			require.Equal(t, []int{0}, o.Pending)
			require.ErrorIs(t, o.Err, audit.ErrDiffers)
			require.ErrorContains(t, o.Err, key)
		})
	}
	t.Run("a delete marker is on top", func(t *testing.T) {
		w.bucket.Delete(key)
		require.Equal(t, 1, w.outlet.Deliver(t.Context(), changes).Counts[consume.MetricWritten])
	})
	t.Run("a delete marker is on top that counts as an object", func(t *testing.T) {
		puts := 0
		w.bucket.Fail = func(operation, _ string) s3fake.Fault {
			switch puts++; {
			case puts == 1:
				return s3fake.Fault{Err: s3fake.Error("PreconditionFailed")}
			case operation == "GetObject":
				return s3fake.Fault{Err: s3fake.Error("NoSuchKey")}
			}
			return s3fake.Fault{}
		}
		o := w.outlet.Deliver(t.Context(), changes)
		require.NoError(t, o.Err)
		require.Equal(t, consume.Counts{consume.MetricWritten: 1}, o.Counts)
	})
}

// A Change whose state was put together wrongly stands in for a fault of the program.
func TestRecordWhoseLineCannotBeMadeIsKeptRaw(t *testing.T) {
	w := newWorld(t, small, nil, audit.Retention{})
	changes := w.changes(t, record{1, 0, "a"}, record{2, 0, "b"})
	changes[0].New.Entity = &model.Entity{Name: "Thing", KeyFields: []string{"missing"}}
	o := w.outlet.Deliver(t.Context(), changes)
	require.Empty(t, o.Pending)
	all := lines(t, w.bucket)
	require.Len(t, all, 2)
	require.Equal(t, string(changes[0].Raw), *all[0].RawRecord)
	require.Contains(t, all[0].Reason, consume.ErrPanic.Error())
	require.False(t, all[1].IsRaw())
}

// However often and in whatever batches records come, and whatever fails: after dedupe by id, each is there once, with
// one identity.
func TestEveryRecordIsThereOnceAfterDedupe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, small, nil, audit.Retention{})
		remodelled := newWorld(t, strings.Replace(small, "count: integer", "count: string", 1), w.bucket, audit.Retention{})
		var records []record
		for i := range rapid.IntRange(1, 30).Draw(t, "records") {
			records = append(records, record{i, rapid.IntRange(0, 2).Draw(t, "hour"), rapid.SampledFrom([]string{"a", "b", ""}).Draw(t, "item")})
		}
		faults := rapid.IntRange(0, 20).Draw(t, "faults")
		w.bucket.Fail = func(string, string) s3fake.Fault {
			if faults--; faults < 0 {
				return s3fake.Fault{}
			}
			return rapid.SampledFrom([]s3fake.Fault{{}, {Err: s3fake.Error("InternalError")}, {Err: errors.New("cut"), Effect: true}, {Cut: 9}}).Draw(t, "fault")
		}
		for from := 0; from < len(records); {
			end := rapid.IntRange(from+1, len(records)).Draw(t, "end of batch")
			by := rapid.SampledFrom([]*world{w, remodelled}).Draw(t, "model")
			o := by.outlet.Deliver(t.Context(), by.changes(t, records[from:end]...))
			require.Empty(t, o.Poison)
			if len(o.Pending) > 0 {
				end = from + o.Pending[0]
			}
			from = max(end-rapid.IntRange(0, 3).Draw(t, "come again"), 0)
			if end == len(records) && len(o.Pending) == 0 {
				break
			}
		}
		identities := map[string]audit.Identity{}
		for _, line := range lines(t, w.bucket) {
			if known, found := identities[line.ID]; found {
				require.Equal(t, known, line.Identity())
			}
			identities[line.ID] = line.Identity()
		}
		require.Len(t, identities, len(records))
	})
}

func TestParseRetention(t *testing.T) {
	for _, row := range []struct {
		text string
		want audit.Retention
		err  []string
	}{
		{"none", audit.Retention{}, nil},
		{"governance:1", audit.Retention{Mode: types.ObjectLockRetentionModeGovernance, Days: 1}, nil},
		{"compliance:36500", audit.Retention{Mode: types.ObjectLockRetentionModeCompliance, Days: 36500}, nil},
		{"", audit.Retention{}, []string{`mode ""`, "no days"}},
		{"forever", audit.Retention{}, []string{`mode "forever"`, "no days"}},
		{"strict:0", audit.Retention{}, []string{`mode "strict"`, `days "0"`}},
		{"governance:36501", audit.Retention{}, []string{`days "36501"`}},
		{"governance:1d", audit.Retention{}, []string{`days "1d"`}},
	} {
		t.Run(row.text, func(t *testing.T) {
			got, err := audit.ParseRetention(row.text)
			require.Equal(t, row.want, got)
			require.Equal(t, row.err == nil, err == nil)
			for _, text := range row.err {
				require.ErrorContains(t, err, text)
			}
		})
	}
}

func TestReadSegmentIsStrict(t *testing.T) {
	w := newWorld(t, small, nil, audit.Retention{})
	require.Empty(t, w.outlet.Deliver(t.Context(), w.changes(t, record{1, 0, "a"}, record{2, 0, "b"})).Pending)
	key := w.bucket.Puts[0]
	body := w.bucket.Objects()[key].Body
	read, err := audit.ReadSegment(key, body)
	require.NoError(t, err)
	good := append(slices.Concat(read[0].Text, []byte("\n"), read[1].Text), '\n')
	edit := func(old, with string) []byte { return bytes.Replace(good, []byte(old), []byte(with), 1) }
	for _, row := range []struct {
		name  string
		lines []byte
		err   string
	}{
		{"no line", nil, "no end"},
		{"last line without end", good[:len(good)-1], "no end"},
		{"empty line", append([]byte("\n"), good...), "line 1"},
		{"not JSON", edit(`{"at"`, `{at`), "line 1"},
		{"two values", edit("}}\n", "}}{}\n"), "follows"},
		{"other version", edit(`"v":1`, `"v":2`), "use a newer one"},
		{"unknown member", edit(`"v":1`, `"v":1,"w":1`), "unknown field"},
		{"altered image", edit(`{"N":"1"}`, `{"N":"3"}`), "newHash"},
		{"altered hash", edit(`"oldHash":null`, `"oldHash":"00"`), "oldHash"},
		{"order", append(slices.Concat(read[1].Text, []byte("\n"), read[0].Text), '\n'), "not in order"},
	} {
		t.Run(row.name, func(t *testing.T) {
			require.NotEqual(t, good, row.lines)
			_, err := audit.ReadSegment(keyOf(row.lines), gzipped(t, row.lines))
			require.ErrorIs(t, err, audit.ErrSegment)
			require.ErrorContains(t, err, row.err)
		})
	}
	_, err = audit.ReadSegment(keyOf(good), gzipped(t, good))
	require.NoError(t, err)
	for name, body := range map[string][]byte{"cut": body[:len(body)-4], "more follows": append(slices.Clone(body), 0), "not gzip": good} {
		_, err := audit.ReadSegment(key, body)
		require.ErrorIs(t, err, audit.ErrSegment, name)
	}
	_, err = audit.ReadSegment(keyOf(nil), body)
	require.ErrorContains(t, err, "hash in its key")
}

func FuzzReadSegment(f *testing.F) {
	w := newWorld(f, small, nil, audit.Retention{})
	require.Empty(f, w.outlet.Deliver(f.Context(), w.changes(f, record{1, 0, "a"}, record{2, 0, ""})).Pending)
	read, err := audit.ReadSegment(w.bucket.Puts[0], w.bucket.Objects()[w.bucket.Puts[0]].Body)
	require.NoError(f, err)
	for _, line := range read {
		f.Add(append(line.Text, '\n'))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := audit.ReadSegment(keyOf(text), gzipped(t, text))
		if err != nil {
			require.ErrorIs(t, err, audit.ErrSegment)
			return
		}
		var again []byte
		for _, line := range all {
			again = append(append(again, line.Text...), '\n')
		}
		require.Equal(t, text, again, "no byte of a line is lost")
	})
}
