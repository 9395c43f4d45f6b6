package bus_test

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/bus"
	"github.com/outflow-dev/outflow/pkg/local/lambda"
)

// hosted makes a hosted function a target.
type hosted struct{ *lambda.Function }

var _ bus.Function = hosted{}

func (h hosted) Invoke(ctx context.Context, event []byte) error {
	result, err := h.Function.Invoke(ctx, event)
	if err == nil && result.Error != nil {
		return fmt.Errorf("%w: %w", bus.ErrFunction, result.Error)
	}
	return err
}

func TestARealFunctionAsTarget(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "bootstrap")
	out, err := exec.Command("go", "build", "-o", binary, "../lambda/testdata/handler").CombinedOutput()
	require.NoError(t, err, "%s", out)
	f, err := lambda.New(lambda.Config{Name: "subscriber", Binary: binary})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.Stop(context.Background())) })

	dir := t.TempDir()
	cfg := config(dir)
	cfg.Functions = map[string]bus.Function{"subscriber": hosted{f}}
	b := open(t, cfg)
	c := client(t, b)
	wakes := types.Target{Id: aws.String("wakes"), Arn: aws.String(f.ARN()), Input: aws.String(`{"Do":"echo"}`)}
	subscribe(t, c, "all", wakes)
	// The event itself asks the handler for nothing that it knows: it fails, as Lambda's own retries then do.
	fails := types.Target{Id: aws.String("fails"), Arn: aws.String(f.ARN())}
	_, err = c.PutTargets(t.Context(), &eventbridge.PutTargetsInput{
		Rule: aws.String("all"), EventBusName: aws.String("shop-dev"), Targets: []types.Target{fails},
	})
	require.NoError(t, err)
	put(t, c, placed("o1"))
	require.NoError(t, b.Close(t.Context()))
	require.Equal(t, int64(1), b.Counts().Delivered)
	letters := deadLetters(t, dir, "dead-letters.ndjson")
	require.Len(t, letters, 1)
	require.Equal(t, "2", letters[0].Attributes["RETRY_ATTEMPTS"])
	require.Equal(t, "ERROR_FROM_TARGET", letters[0].Attributes["ERROR_CODE"])
	require.Equal(t, "the function failed: errorString: unknown: ", letters[0].Attributes["ERROR_MESSAGE"])
}
