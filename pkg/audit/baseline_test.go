package audit_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
)

const streamARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/small/stream/2026-11-01T00:00:00.000"

// shelf is a table of items, each read on a page of its own, in as many lanes as are asked for.
type shelf struct {
	values []string
	fails  int64 // the scan that fails, from 1; 0 for none
	scans  atomic.Int64
}

func (s *shelf) Scan(_ context.Context, in *dynamodb.ScanInput, _ ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error) {
	if s.scans.Add(1) == s.fails {
		return nil, errors.New("ThrottlingException")
	}
	if !*in.ConsistentRead {
		return nil, errors.New("not consistent")
	}
	at := int(*in.Segment)
	if in.ExclusiveStartKey != nil {
		n, err := strconv.Atoi(strings.TrimPrefix(in.ExclusiveStartKey["PK"].(*types.AttributeValueMemberS).Value, "I#"))
		if err != nil {
			return nil, err
		}
		at = n + int(*in.TotalSegments)
	}
	if at >= len(s.values) {
		return &dynamodb.ScanOutput{}, nil
	}
	key := map[string]types.AttributeValue{"PK": &types.AttributeValueMemberS{Value: fmt.Sprintf("I#%d", at)}}
	item := map[string]types.AttributeValue{"PK": key["PK"], "v": &types.AttributeValueMemberS{Value: s.values[at]},
		"by": &types.AttributeValueMemberS{Value: "ann"}}
	return &dynamodb.ScanOutput{Items: []map[string]types.AttributeValue{item}, LastEvaluatedKey: key}, nil
}

func shelfModel(t *testing.T) *model.Model {
	m, faults := model.Parse("model.yaml", []byte(`
outflow: 1
name: small
event_source: com.example.small
table: {key: [PK], stamps: {actor: by}}
entities:
  Item: {key: {PK: "I#{id}"}, attributes: {v: string}}
`))
	require.NoError(t, faults.Err())
	return m
}

func newBaseline(t *testing.T, table *shelf, bucket *s3fake.S3) *audit.Baseline {
	return &audit.Baseline{Model: shelfModel(t), Log: "small-dev", Client: bucket, Bucket: "audit", Scanner: table, Table: "small",
		Stream: streamARN, Now: func() time.Time { return midnight.Add(90 * time.Minute) },
		Retry: consume.Retry{First: 1, Max: 1, Attempts: 2}, Keep: func(audit.Progress) error { return nil }}
}

func TestBaselineWritesALineForEachItem(t *testing.T) {
	bucket, table := &s3fake.S3{}, &shelf{values: []string{"a", "b", "c", "d", "e"}}
	b := newBaseline(t, table, bucket)
	done, err := b.Run(t.Context(), b.Start(2))
	require.NoError(t, err)
	require.Equal(t, 5, done.Items)
	require.Equal(t, 5, done.Raised)
	for key, object := range bucket.Objects() {
		read, err := audit.ReadSealed(key, object.Body)
		require.NoError(t, err, "a digest can vouch for it")
		require.Equal(t, audit.Tally{Baseline: 1}, read.Counts)
		require.Contains(t, key, "/2026-11-01T00:00:00.000-0-0-")
	}
	var summary audit.Summary
	log := audit.Log{Client: bucket, Bucket: "audit", Name: "small-dev"}
	for line, err := range log.Show(t.Context(), audit.Query{}, &summary) {
		require.NoError(t, err)
		view, err := line.ReadView()
		require.NoError(t, err)
		require.Nil(t, view.Actor, "a read proves nobody's writing")
		require.Equal(t, "ann", *view.CarriedActor)
		require.Equal(t, "Item", *view.Entity)
		require.Equal(t, audit.BaselineID(streamARN, line.Keys, line.NewHash, *line.At), line.ID)
	}
	require.Equal(t, 5, summary.Shown)

	again, err := b.Run(t.Context(), b.Start(2))
	require.NoError(t, err)
	require.Equal(t, 0, again.Raised, "at one time with one content: the same segments")
}

func TestBaselineGoesOn(t *testing.T) {
	bucket, table := &s3fake.S3{}, &shelf{values: []string{"a", "b", "c", "d", "e"}, fails: 4}
	b := newBaseline(t, table, bucket)
	var kept audit.Progress
	b.Keep = func(p audit.Progress) error { kept = p; return nil }
	_, err := b.Run(t.Context(), b.Start(1))
	require.ErrorContains(t, err, "ThrottlingException")
	require.ErrorContains(t, err, "dynamodb:Scan")
	require.Equal(t, 3, kept.Items)
	table.scans.Store(0)
	table.fails = 0
	done, err := b.Run(t.Context(), kept)
	require.NoError(t, err)
	require.EqualValues(t, 3, table.scans.Load(), "it begins where it ended")
	require.Equal(t, 5, done.Items)
	require.Len(t, bucket.Objects(), 5)
	require.True(t, done.Lanes[0].Done)

	b.Keep = func(audit.Progress) error { return errors.New("disk full") }
	_, err = b.Run(t.Context(), b.Start(1))
	require.ErrorContains(t, err, "disk full")
	b.Stream = "another"
	_, err = b.Run(t.Context(), kept)
	require.ErrorIs(t, err, audit.ErrOtherBaseline)
}

func TestBaselineIsNoPageFurtherThanItsSegments(t *testing.T) {
	bucket, table := &s3fake.S3{}, &shelf{values: []string{"a", "b"}}
	bucket.Fail = func(operation, _ string) s3fake.Fault {
		if operation == "PutObject" {
			return s3fake.Fault{Err: s3fake.Error("AccessDenied")}
		}
		return s3fake.Fault{}
	}
	b := newBaseline(t, table, bucket)
	done, err := b.Run(t.Context(), b.Start(1))
	require.ErrorContains(t, err, "s3:PutObject")
	require.Empty(t, done.Lanes[0].After)
	require.Zero(t, done.Items)
}
