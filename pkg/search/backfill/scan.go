package backfill

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// MaxSegments is the most segments that a table is read in here; DynamoDB takes a million, and a state file with a place
// in each of them would be written after every page.
const MaxSegments = 1000

// Scanner is the part of DynamoDB's client that a Scan needs.
type Scanner interface {
	Scan(ctx context.Context, in *dynamodb.ScanInput, with ...func(*dynamodb.Options)) (*dynamodb.ScanOutput, error)
}

// Scan reads a table by consistent parallel scans; a lane is a segment.
type Scan struct {
	Client   Scanner
	Table    string
	Segments int
	// PartitionKey and Prefix leave out items whose partition key, of type S, begins otherwise. They are read, and paid
	// for, all the same.
	PartitionKey, Prefix string
	Budget               *Budget
	Now                  func() time.Time
}

var _ Source = (*Scan)(nil)

// Lanes implements Source.
func (s *Scan) Lanes() int { return s.Segments }

// Pages implements Source. The place of a page is its LastEvaluatedKey.
func (s *Scan) Pages(ctx context.Context, lane int, after string) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		in := s.input(lane)
		err := setStart(in, after)
		for err == nil {
			var page Page
			if page, err = s.page(ctx, in); err != nil {
				err = fmt.Errorf("scan segment %d of table %s: %w", lane, s.Table, err)
				break
			}
			if !yield(page, nil) || page.After == "" {
				return
			}
			err = setStart(in, page.After)
		}
		yield(Page{}, err)
	}
}

func (s *Scan) input(lane int) *dynamodb.ScanInput {
	in := &dynamodb.ScanInput{
		TableName: &s.Table, ConsistentRead: aws.Bool(true), ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
		Segment: aws.Int32(int32(lane)), TotalSegments: aws.Int32(int32(s.Segments)),
	}
	if s.Prefix != "" { // a Query refuses key attributes in a filter, a Scan does not
		in.FilterExpression = aws.String("begins_with(#key, :prefix)")
		in.ExpressionAttributeNames = map[string]string{"#key": s.PartitionKey}
		in.ExpressionAttributeValues = map[string]types.AttributeValue{":prefix": &types.AttributeValueMemberS{Value: s.Prefix}}
	}
	if limit := s.Budget.limit(1, s.Segments); limit > 0 { // until a page says what its items cost
		in.Limit = &limit
	}
	return in
}

func (s *Scan) page(ctx context.Context, in *dynamodb.ScanInput) (Page, error) {
	if err := s.Budget.Wait(ctx); err != nil {
		return Page{}, err
	}
	page := Page{ReadAt: s.Now()}
	out, err := s.Client.Scan(ctx, in)
	if err != nil {
		return page, err
	}
	s.pay(in, out)
	page.Seen = int(out.ScannedCount)
	for _, attributes := range out.Items {
		item, err := attributevalue.MarshalMapJSON(attributes)
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, item)
	}
	if out.LastEvaluatedKey != nil {
		place, err := attributevalue.MarshalMapJSON(out.LastEvaluatedKey)
		page.After = string(place)
		return page, err
	}
	return page, nil
}

// pay spends what the page cost, and fits the next one to the budget.
func (s *Scan) pay(in *dynamodb.ScanInput, out *dynamodb.ScanOutput) {
	if out.ConsumedCapacity == nil || out.ConsumedCapacity.CapacityUnits == nil {
		return
	}
	units := *out.ConsumedCapacity.CapacityUnits
	s.Budget.Spend(units)
	if out.ScannedCount == 0 || units == 0 {
		return
	}
	if limit := s.Budget.limit(units/float64(out.ScannedCount), s.Segments); limit > 0 {
		in.Limit = &limit
	}
}

func setStart(in *dynamodb.ScanInput, after string) error {
	if after == "" {
		return nil
	}
	key, err := attributevalue.UnmarshalMapJSON([]byte(after))
	if err != nil {
		return fmt.Errorf("read the place %s in a segment: %w", after, err)
	}
	in.ExclusiveStartKey = key
	return nil
}
