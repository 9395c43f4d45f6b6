// Command operator is the Lambda function that works on a deployment from inside its VPC: backfill, purge, and the retry of
// what is parked. Its whole environment is checked at start; a fault ends the process before the first call.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/outflow-dev/outflow/pkg/operator"
)

func main() {
	o, err := wire(context.Background(), os.Getenv)
	if err != nil {
		fmt.Fprintln(os.Stderr, "operator:", err)
		os.Exit(1)
	}
	lambda.Start(requests{o})
}

// requests hands the operator each request as it was sent.
type requests struct{ operator *operator.Operator }

// Invoke implements lambda.Handler.
func (r requests) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	answer, err := r.operator.Handle(ctx, event)
	if err != nil {
		return nil, err
	}
	return json.Marshal(answer)
}
