package stream

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/aws/smithy-go"
)

// What a failed read asks of its caller, for errors.Is. The SDK's own error is in the chain too.
var (
	// ErrExpired says that the iterator was not used for 15 minutes. The Reader has forgotten it: read again, from the
	// position behind the last record.
	ErrExpired = errors.New("the shard iterator expired; read again from the position behind the last record")
	// ErrTrimmed says that the records at the position are older than 24 hours and were deleted. They are lost to this
	// reader: raise an alarm, go on at TrimHorizon.
	ErrTrimmed = errors.New("the stream no longer has the records at this position; they are lost to this reader, " +
		"which can only go on at TRIM_HORIZON: compare with the table")
	// ErrGone says that there is no such shard or stream any more: list the shards anew. If it was not read to its
	// end, raise an alarm.
	ErrGone = errors.New("no such shard or stream; list the shards of the table's present stream")
	// ErrThrottled says that the shard is read too often: wait at least ThrottledWait, longer each time in a row. At
	// most two readers a shard are served (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html).
	ErrThrottled = errors.New("throttled; at most two readers a shard are served, so see that there is no third")
	// ErrViewType refuses a stream whose records do not have both images. No retry helps: disable the table's stream
	// and enable it anew with NEW_AND_OLD_IMAGES, which makes a stream with another ARN.
	ErrViewType = errors.New("the stream's view type is not NEW_AND_OLD_IMAGES; disable the table's stream and " +
		"enable it anew with that type")
)

// ThrottledWait is the least time to wait after ErrThrottled: the service counts reads by the second.
const ThrottledWait = time.Second

// throttles are the codes with which AWS's services ask for fewer calls.
var throttles = []string{
	"LimitExceededException", "ThrottlingException", "Throttling", "ProvisionedThroughputExceededException",
	"RequestLimitExceeded",
}

// failure wraps the SDK's error of a call with what it asks of the caller.
func failure(doing string, err error) error {
	if hint := hintOf(err); hint != nil {
		return fmt.Errorf("%s: %w: %w", doing, hint, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func hintOf(err error) error {
	var (
		expired *types.ExpiredIteratorException
		trimmed *types.TrimmedDataAccessException
		gone    *types.ResourceNotFoundException
		api     smithy.APIError
	)
	switch {
	case errors.As(err, &expired):
		return ErrExpired
	case errors.As(err, &trimmed):
		return ErrTrimmed
	case errors.As(err, &gone):
		return ErrGone
	case errors.As(err, &api) && slices.Contains(throttles, api.ErrorCode()):
		return ErrThrottled
	}
	return nil
}
