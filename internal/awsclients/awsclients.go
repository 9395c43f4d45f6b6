// Package awsclients makes the clients of AWS services as all of Outflow uses them: configured by the SDK's own
// environment (AWS_REGION, AWS_ENDPOINT_URL_*, credentials), with time limits that fit into a function's time.
//
// The SDK tries each call up to three times. Callers try again for longer, as they see fit; that is safe because
// everything that Outflow writes has an identity of its own.
package awsclients

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Time limits of one try. A service that does not answer must not use up a function's time: what it could not do is
// then tried again while there is some left.
const (
	dialTimeout   = 3 * time.Second
	headerTimeout = 15 * time.Second // from the request's last byte to the answer's first
	callTimeout   = 30 * time.Second
)

// Load reads the SDK's environment and files. It makes no call.
func Load(ctx context.Context) (aws.Config, error) {
	client := awshttp.NewBuildableClient().WithTimeout(callTimeout).
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = dialTimeout }).
		WithTransportOptions(func(t *http.Transport) { t.ResponseHeaderTimeout = headerTimeout })
	cfg, err := config.LoadDefaultConfig(ctx, config.WithHTTPClient(client))
	if err != nil {
		return cfg, fmt.Errorf("load AWS configuration: %w", err)
	}
	return cfg, nil
}

// S3 makes a client. endpoint is the value of AWS_ENDPOINT_URL_S3, "" where there is none: one that is given is rarely
// AWS and does not resolve names of buckets, so that these go into the path.
func S3(cfg aws.Config, endpoint string) (*s3.Client, error) {
	if err := checkEndpoint("AWS_ENDPOINT_URL_S3", endpoint); err != nil {
		return nil, err
	}
	return s3.NewFromConfig(cfg, func(o *s3.Options) {
		if endpoint != "" {
			o.BaseEndpoint, o.UsePathStyle = aws.String(endpoint), true
		}
	}), nil
}

// EventBridge makes a client. endpoint is the value of AWS_ENDPOINT_URL_EVENTBRIDGE, "" where there is none.
func EventBridge(cfg aws.Config, endpoint string) (*eventbridge.Client, error) {
	if err := checkEndpoint("AWS_ENDPOINT_URL_EVENTBRIDGE", endpoint); err != nil {
		return nil, err
	}
	return eventbridge.NewFromConfig(cfg, func(o *eventbridge.Options) {
		if endpoint != "" {
			o.BaseEndpoint = aws.String(endpoint)
		}
	}), nil
}

// DynamoDB makes a client. endpoint is the value of AWS_ENDPOINT_URL_DYNAMODB, "" where there is none.
func DynamoDB(cfg aws.Config, endpoint string) (*dynamodb.Client, error) {
	if err := checkEndpoint("AWS_ENDPOINT_URL_DYNAMODB", endpoint); err != nil {
		return nil, err
	}
	return dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) {
		if endpoint != "" {
			o.BaseEndpoint = aws.String(endpoint)
		}
	}), nil
}

func checkEndpoint(name, endpoint string) error {
	u, err := url.Parse(endpoint)
	if endpoint != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
		return fmt.Errorf("environment variable %s is %q; it must be a URL such as http://127.0.0.1:7070", name, endpoint)
	}
	return nil
}
