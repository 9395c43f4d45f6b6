package table

import (
	"reflect"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/outflow-dev/outflow/internal/moment"
	"github.com/outflow-dev/outflow/pkg/model"
)

const sortableTime = "2006-01-02T15:04:05.000Z07:00"

func encodeTimestamp(v reflect.Value) (types.AttributeValue, error) {
	if at, ok := v.Interface().(time.Time); ok {
		if !moment.Fits(at) {
			return nil, &misfit{kind: model.KindTimestamp, reason: "is not in the years 1 to 9999"}
		}
		return &types.AttributeValueMemberS{Value: at.UTC().Format(sortableTime)}, nil
	}
	if digits, float, ok := digitsOf(v, model.KindInteger); ok && !float {
		return encodeSeconds(digits)
	}
	if v.Kind() != reflect.String {
		return nil, unfit(v, model.KindTimestamp)
	}
	if _, ok := moment.Text([]byte(v.String())); !ok {
		return nil, &misfit{kind: model.KindTimestamp,
			reason: "is not RFC 3339 in the years 1 to 9999; write it as 2026-01-31T12:00:00Z"}
	}
	return &types.AttributeValueMemberS{Value: v.String()}, nil
}

func encodeSeconds(digits string) (types.AttributeValue, error) {
	n, err := strconv.ParseInt(digits, 10, 64)
	if _, ok := moment.Number(strconv.AppendInt(nil, n, 10)); err != nil || !ok {
		return nil, &misfit{kind: model.KindTimestamp, reason: "is not a time in epoch seconds in the years 1 to 9999"}
	}
	return number(n), nil
}

// inSeconds gives a timestamp the form that the TTL needs, or a key of type N. Milliseconds are refused as TTL:
// DynamoDB would take them for a time in the far future, and never delete the item.
func inSeconds(value types.AttributeValue, ttl bool) (types.AttributeValue, error) {
	if s, ok := value.(*types.AttributeValueMemberS); ok {
		at, _ := moment.Text([]byte(s.Value))
		return number(at.Unix()), nil
	}
	if n, err := integerOf(value); ttl && (err != nil || n >= moment.FirstMillisecond) {
		return nil, &misfit{kind: model.KindTimestamp, reason: "is the time to live, which DynamoDB takes in epoch seconds; " +
			"these are milliseconds: divide by 1,000"}
	}
	return value, nil
}
