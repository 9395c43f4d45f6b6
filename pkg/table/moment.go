package table

import (
	"reflect"
	"regexp"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/outflow-dev/outflow/pkg/model"
)

// The bounds of a timestamp: the years 1 to 9999 (RFC 3339 has four digits, and time zones must not leave them). An
// integer from the first of year 5138 up is taken for milliseconds by those who read it.
const (
	firstSecond       = -62135596800
	endSecond         = 253402300800
	firstMillisecond  = 100_000_000_000
	sortableTime      = "2006-01-02T15:04:05.000Z07:00"
	afterMilliseconds = endSecond * 1000
)

// strictTime is the form of RFC 3339; the time package takes more (https://go.dev/issue/54580).
var strictTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)

func encodeTimestamp(v reflect.Value) (types.AttributeValue, error) {
	if at, ok := v.Interface().(time.Time); ok {
		if !inBounds(at) {
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
	if _, ok := parseTime(v.String()); !ok {
		return nil, &misfit{kind: model.KindTimestamp,
			reason: "is not RFC 3339 in the years 1 to 9999; write it as 2026-01-31T12:00:00Z"}
	}
	return &types.AttributeValueMemberS{Value: v.String()}, nil
}

func encodeSeconds(digits string) (types.AttributeValue, error) {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < firstSecond || n >= afterMilliseconds {
		return nil, &misfit{kind: model.KindTimestamp, reason: "is not a time in epoch seconds in the years 1 to 9999"}
	}
	return number(n), nil
}

func parseTime(content string) (time.Time, bool) {
	if !strictTime.MatchString(content) {
		return time.Time{}, false
	}
	at, err := time.Parse(time.RFC3339Nano, content)
	return at.UTC(), err == nil && inBounds(at)
}

func inBounds(at time.Time) bool { return at.Unix() >= firstSecond && at.Unix() < endSecond }

// inSeconds gives a timestamp the form that the TTL needs, or a key of type N. Milliseconds are refused as TTL:
// DynamoDB would take them for a time in the far future, and never delete the item.
func inSeconds(value types.AttributeValue, ttl bool) (types.AttributeValue, error) {
	if s, ok := value.(*types.AttributeValueMemberS); ok {
		at, _ := parseTime(s.Value)
		return number(at.Unix()), nil
	}
	if n, err := integerOf(value); ttl && (err != nil || n >= firstMillisecond) {
		return nil, &misfit{kind: model.KindTimestamp, reason: "is the time to live, which DynamoDB takes in epoch seconds; " +
			"these are milliseconds: divide by 1,000"}
	}
	return value, nil
}
