package publish

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/smithy-go"
)

// errAnswer is an answer that is not one to the call that was made. Nothing is known of its entries, which are sent
// again.
var errAnswer = errors.New("the answer of PutEvents is not one to the call")

// checkAnswer checks that an answer speaks of n entries, and of each says one thing only.
func checkAnswer(out *eventbridge.PutEventsOutput, n int) error {
	if len(out.Entries) != n {
		return fmt.Errorf("%w: it has %d entries for %d", errAnswer, len(out.Entries), n)
	}
	failed := int32(0)
	for i, entry := range out.Entries {
		isFailed := aws.ToString(entry.ErrorCode) != ""
		if isFailed == (aws.ToString(entry.EventId) != "") {
			return fmt.Errorf("%w: its entry %d is neither sent nor failed", errAnswer, i)
		}
		if isFailed {
			failed++
		}
	}
	if failed != out.FailedEntryCount {
		return fmt.Errorf("%w: it counts %d failed entries and has %d", errAnswer, out.FailedEntryCount, failed)
	}
	return nil
}

// Error codes of entries that no retry helps (PutEventsResultEntry in the EventBridge API Reference): policies name
// what the bus or the role forbids, records what is wrong with the entry itself. All others are retried.
var (
	policyCodes = []string{"AccessDeniedException", "InvalidAccountIdException", "NotAuthorizedForSourceException",
		"NotAuthorizedForDetailTypeException"}
	recordCodes = []string{"InvalidArgument", "MalformedDetail", "RedactionFailure"}
)

func isPolicy(code string) bool { return slices.Contains(policyCodes, code) }

func isRefusal(code string) bool { return isPolicy(code) || slices.Contains(recordCodes, code) }

// EntryError is EventBridge's answer to one entry. It has no message, which may quote the event.
type EntryError struct {
	Code string // as PutEventsResultEntry names it
}

// Error is the code and, where somebody can do something, what.
func (e *EntryError) Error() string {
	switch {
	case isPolicy(e.Code):
		return "the bus refuses it with " + e.Code + ": check the bus's policy and the events:PutEvents permission of the role"
	case slices.Contains(invalidCodes, e.Code):
		return "the bus refuses it with " + e.Code + ": check that the limit on entries (OUTFLOW_ENTRY_BYTES) is the region's"
	case isRefusal(e.Code):
		return "the bus refuses it with " + e.Code
	}
	return "the bus failed with " + e.Code
}

// invalidCodes are errors of a call that one of its entries may be to blame for, such as one over the region's limit.
var invalidCodes = []string{"ValidationException", "RequestEntityTooLargeException", "SerializationException"}

func isInvalid(err error) bool {
	var response *awshttp.ResponseError
	tooLarge := errors.As(err, &response) && response.HTTPStatusCode() == http.StatusRequestEntityTooLarge
	var api smithy.APIError
	return tooLarge || errors.As(err, &api) && slices.Contains(invalidCodes, api.ErrorCode())
}

// codeOf is the code of an error of a call.
func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) && slices.Contains(invalidCodes, api.ErrorCode()) {
		return api.ErrorCode()
	}
	return invalidCodes[1]
}

// reasonOf is why a call failed, without the service's message, which may quote events.
func reasonOf(err error) error {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return fmt.Errorf("put events: %w", err)
	}
	switch api.ErrorCode() {
	case "AccessDeniedException":
		return errors.New("put events: AccessDeniedException: the role needs events:PutEvents on the bus")
	case "ResourceNotFoundException":
		return errors.New("put events: ResourceNotFoundException: there is no bus of that name (OUTFLOW_BUS)")
	}
	return fmt.Errorf("put events: %s", api.ErrorCode())
}
