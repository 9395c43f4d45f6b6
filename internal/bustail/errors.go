package bustail

import (
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	rules "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	queues "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

const notFound = "ResourceNotFoundException"

// patiently lets the SDK try a call on rules again also where another change of the same bus was under way.
func patiently(o *eventbridge.Options) {
	o.Retryer = retry.AddWithErrorCodes(o.Retryer, (&rules.ConcurrentModificationException{}).ErrorCode())
}

// passing says whether an error may pass by itself: throttling, the service's own faults, and a network that is down.
func passing(err error) bool {
	if retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err) == aws.TrueTernary {
		return true
	}
	var other *rules.ConcurrentModificationException // another change of the same bus was under way
	var network net.Error
	return errors.As(err, &other) || errors.As(err, &network)
}

// refused says that the service has answered that it does not do it: so it has not.
func refused(err error) bool {
	var answer *awshttp.ResponseError
	return errors.As(err, &answer) && answer.HTTPStatusCode()/100 == http.StatusBadRequest/100 && !passing(err)
}

// absent says that what a call is about does not exist.
func absent(err error) bool {
	var noRule *rules.ResourceNotFoundException
	var noQueue *queues.QueueDoesNotExist
	return errors.As(err, &noRule) || errors.As(err, &noQueue)
}

func unlessAbsent(err error) error {
	if absent(err) {
		return nil
	}
	return err
}

// explained adds what to do next to an error of AWS, where that is known.
func explained(err error) error {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return err
	}
	var hint string
	switch api.ErrorCode() {
	case "AccessDeniedException", "AccessDenied":
		hint = "outflow events tail --help lists what it must be allowed"
	case "ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException", "InvalidClientTokenId":
		hint = "the credentials are no longer, or not yet, those of this account: sign in again"
	case "LimitExceededException":
		hint = "a bus has 300 rules at most unless its quota was raised: remove one, or have the quota raised"
	case "InvalidEventPatternException":
		hint = "the pattern is one that EventBridge refuses though its form is right: simplify it"
	case notFound:
		hint = "the target file names the bus and its region; the credentials must be those of the account that has it"
	case "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue":
		hint = "somebody has removed the queue, as the next tail of the deployment does after a day: start the tail again"
	default:
		return err
	}
	return fmt.Errorf("%w\n%s", err, hint)
}
