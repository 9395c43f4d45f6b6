package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/outflow-dev/outflow/pkg/model"
)

const (
	// sweepEvery is how often expired items are looked for. The service takes up to days; here people wait for it.
	sweepEvery = 3 * time.Second
	// oldestExpiry is the service's limit: what expired longer ago is never deleted
	// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html).
	oldestExpiry = 5 // years
	// sweepChunk is how many items are marked and deleted while the reader of the stream may have to wait.
	sweepChunk = 100
)

// TTLTable is what a TTLSweeper needs of the SDK's client.
type TTLTable interface {
	dynamodb.ScanAPIClient
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
}

var _ TTLTable = (*dynamodb.Client)(nil)

// TTLSweeper is the local mode's stand-in for the table's time to live where the table has a secondary index: of such
// a table DynamoDB Local (3.1.0) never deletes an expired item that lacks a key of the index, as most items of a single
// table do. The sweeper deletes what the service would, whichever of the two comes first, and marks each delete so that
// its stream record names the service as the one who did it. Its fields are set before its use.
type TTLSweeper struct {
	Client    TTLTable
	Table     string
	Key       []model.KeyAttribute // of the table
	Attribute string               // with the time to live, epoch seconds
	Marks     *TTLMarks
	Log       *slog.Logger
}

// newSweeper opens the marks, and makes the sweeper that the table needs: none without a time to live, and none without
// an index, since the engine then deletes all expired items itself.
func (p *Pipeline) newSweeper(ctx context.Context, log *slog.Logger) (*TTLSweeper, error) {
	t := p.config.Model.Table
	var err error
	p.marks, err = OpenTTLMarks(filepath.Join(p.config.Dir, "ttl.json"), p.Target.StreamARN, t.TTL)
	if err != nil || t.TTL == "" {
		return nil, err
	}
	out, err := p.clients.dynamodb.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &p.Target.Table})
	if err != nil {
		return nil, fmt.Errorf("ask whether table %s has an index: %w", p.Target.Table, err)
	}
	if len(out.Table.GlobalSecondaryIndexes)+len(out.Table.LocalSecondaryIndexes) == 0 {
		return nil, nil
	}
	return &TTLSweeper{
		Client: p.clients.dynamodb, Table: p.Target.Table, Key: t.Key, Attribute: t.TTL, Marks: p.marks, Log: log,
	}, nil
}

// Run sweeps every few seconds until ctx ends. A sweep that fails is logged, once for each reason in a row, and tried
// again.
func (s *TTLSweeper) Run(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	last := ""
	for {
		reason := ""
		if _, err := s.Sweep(ctx, time.Now()); err != nil && ctx.Err() == nil {
			reason = err.Error()
		}
		if reason != "" && reason != last {
			s.Log.Error("expired items were not all deleted; tried again in some seconds", "error", reason)
		}
		last = reason
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Sweep deletes every item whose time to live is a number, at or before now and at most five years old, unless it is
// changed meanwhile, and returns how many it deleted. It goes on behind an item that cannot be deleted.
func (s *TTLSweeper) Sweep(ctx context.Context, now time.Time) (deleted int, err error) {
	due, err := s.due(ctx, now)
	if err != nil {
		return 0, err
	}
	var faults []error
	for chunk := range slices.Chunk(due, sweepChunk) {
		n, err := s.Marks.during(chunk, now, func(e expiry) error { return s.delete(ctx, e) })
		deleted, faults = deleted+n, append(faults, err)
	}
	return deleted, errors.Join(append(faults, s.Marks.Save())...)
}

// due looks through the whole table before anything is deleted, so that no page begins behind an item that is gone.
func (s *TTLSweeper) due(ctx context.Context, now time.Time) ([]expiry, error) {
	var all []expiry
	pages := dynamodb.NewScanPaginator(s.Client, s.scan(now))
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("look for expired items of table %s: %w", s.Table, err)
		}
		all = append(all, s.expiries(page.Items)...)
	}
	return all, nil
}

// scan asks for the keys and times of expired items. A range of numbers holds no value of another type.
func (s *TTLSweeper) scan(now time.Time) *dynamodb.ScanInput {
	in := &dynamodb.ScanInput{
		TableName: &s.Table, ConsistentRead: aws.Bool(true), FilterExpression: aws.String("#ttl BETWEEN :oldest AND :now"),
		ProjectionExpression: aws.String("#ttl"), ExpressionAttributeNames: map[string]string{"#ttl": s.Attribute},
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":oldest": seconds(now.AddDate(-oldestExpiry, 0, 0)), ":now": seconds(now),
		},
	}
	for i, k := range s.Key {
		if k.Name != s.Attribute {
			name := "#k" + strconv.Itoa(i)
			in.ExpressionAttributeNames[name] = k.Name
			in.ProjectionExpression = aws.String(*in.ProjectionExpression + ", " + name)
		}
	}
	return in
}

func seconds(at time.Time) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(at.Unix(), 10)}
}

// expiry is an item that is due.
type expiry struct {
	key map[string]types.AttributeValue
	ttl *types.AttributeValueMemberN
}

func (s *TTLSweeper) expiries(items []map[string]types.AttributeValue) []expiry {
	var all []expiry
	for _, item := range items {
		ttl, ok := item[s.Attribute].(*types.AttributeValueMemberN)
		if !ok {
			continue
		}
		key := make(map[string]types.AttributeValue, len(s.Key))
		for _, k := range s.Key {
			key[k.Name] = item[k.Name]
		}
		all = append(all, expiry{key, ttl})
	}
	return all
}

// delete takes the item out, or answers errNotDue where it was changed or deleted since it was looked at.
func (s *TTLSweeper) delete(ctx context.Context, e expiry) error {
	_, err := s.Client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &s.Table, Key: e.key, ConditionExpression: aws.String("#ttl = :ttl"),
		ExpressionAttributeNames:  map[string]string{"#ttl": s.Attribute},
		ExpressionAttributeValues: map[string]types.AttributeValue{":ttl": e.ttl},
	})
	var changed *types.ConditionalCheckFailedException
	if errors.As(err, &changed) {
		return errNotDue
	}
	if err != nil {
		return fmt.Errorf("delete an expired item of table %s: %w", s.Table, err)
	}
	return nil
}
