package bustail_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/toolbox"
)

// elasticMQ starts a server of SQS's protocol, or skips the test where Java and Maven are not to be had.
func elasticMQ(t *testing.T) *sqs.Client {
	t.Helper()
	jars := toolbox.Maven(t, filepath.Join("testdata", "elasticmq", "pom.xml"))
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := free.Addr().String()
	require.NoError(t, free.Close())
	settings := filepath.Join(t.TempDir(), "elasticmq.conf")
	require.NoError(t, os.WriteFile(settings, fmt.Appendf(nil, "include classpath(\"application.conf\")\n"+
		"rest-sqs { bind-hostname = \"127.0.0.1\", bind-port = %d }\nrest-stats { enabled = false }\n", free.Addr().(*net.TCPAddr).Port), 0o600))
	server := exec.Command("java", "-Dconfig.file="+settings, "-cp", jars, "org.elasticmq.server.Main")
	var output strings.Builder
	server.Stdout, server.Stderr = &output, &output
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		require.NoError(t, server.Process.Kill())
		_ = server.Wait() // it was killed
		if t.Failed() {
			t.Log(output.String())
		}
	})
	require.Eventually(t, func() bool {
		connection, err := net.Dial("tcp", address)
		return err == nil && connection.Close() == nil
	}, time.Minute, 50*time.Millisecond, "ElasticMQ does not come up")
	return sqs.NewFromConfig(aws.Config{Region: "us-east-1", BaseEndpoint: aws.String("http://" + address),
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", "")})
}

// The queue's half on a server that is not ours: what the tail asks of it, and what it takes its answers for.
func TestTailOnElasticMQ(t *testing.T) {
	queues := elasticMQ(t)
	d := newDesk(t)
	d.tail.Queues, d.tail.Now = queues, time.Now
	d.aws.PutRule(busName, "outflow-tail-shop-prod-1700000000-00000004") // whose queue is not there
	const events = 25
	ctx, cancel := context.WithCancel(t.Context())
	var forwarding sync.WaitGroup
	d.tail.Say = func(text string) {
		if made, follows := strings.CutPrefix(text, "events of the bus shop-prod from about now on: EventBridge takes some seconds, at times a minute, "+
			"until the new rule "); follows {
			forwarding.Go(func() { forward(ctx, d, queues, strings.TrimSuffix(made, " has effect")) })
			for n := range events {
				d.publish(n)
			}
			return
		}
		d.said += text + "\n"
	}
	d.after = enoughAt(events)
	report, err := d.tail.Run(t.Context())
	cancel()
	forwarding.Wait()
	require.ErrorIs(t, err, errEnough, d.said)
	require.Zero(t, report)
	require.Contains(t, d.said, "removed the rule and the queue outflow-tail-shop-prod-1700000000-00000004")
	require.Equal(t, 1, strings.Count(d.said, "\n"), d.said)
	want := []string{}
	for n := range events {
		want = append(want, fmt.Sprint(n))
	}
	require.ElementsMatch(t, want, d.seen)
	require.Empty(t, d.aws.Rules(busName))
	left, err := queues.ListQueues(t.Context(), &sqs.ListQueuesInput{})
	require.NoError(t, err)
	require.Empty(t, left.QueueUrls)
}

// forward does what EventBridge does: it sends what the bus has delivered to the queue, every third event twice.
func forward(ctx context.Context, d *desk, queues *sqs.Client, name string) {
	queue, err := queues.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
	if err != nil {
		d.t.Errorf("find the queue %s: %v", name, err)
		return
	}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for sent := 0; ctx.Err() == nil; {
		for _, event := range d.aws.Delivered(name)[sent:] {
			for range 1 + max(0, 1-sent%3) {
				if _, err := queues.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: queue.QueueUrl, MessageBody: &event}); err != nil && ctx.Err() == nil {
					d.t.Logf("send: %v", err) // the queue may have gone
				}
			}
			sent++
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}
