package sim

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/pkg/audit"
)

// The services that calls go to; buckets by their names.
const (
	serviceSearch   = "search"
	serviceBus      = "bus"
	serviceAudit    = "audit"
	serviceFailures = "failures"
	serviceTable    = "table"

	deployment = "shop-prod"
)

// refuse is the error by which an AWS service refuses a call.
func refuse(f Fault) (any, error) {
	code := map[Fault]string{
		Throttled: "ThrottlingException", ServerError: "InternalError", Unavailable: "ServiceUnavailable",
		Conflict: "ConditionalRequestConflict", Denied: "AccessDenied",
	}[f]
	if code == "" {
		return nil, errLost
	}
	return nil, &smithy.GenericAPIError{Code: code, Message: string(f)}
}

// bucket is a bucket as an actor's client reaches it.
type bucket struct {
	world *world
	of    func() *actor
	name  string
}

func (b bucket) store() *s3fake.S3 {
	if b.name == serviceAudit {
		return b.world.audit
	}
	return b.world.failures
}

type result[T any] struct {
	value T
	err   error
}

// through makes a call whose effect is that of a fake.
func through[T any](ctx context.Context, b bucket, name string, do func() (T, error)) (T, error) {
	var none T
	value, err := b.world.external(ctx, &call{actor: b.of(), service: b.name, name: name, effect: effects{
		refuse: refuse,
		do: func() any {
			v, err := do()
			return result[T]{v, err}
		},
	}})
	if err != nil {
		return none, err
	}
	r := value.(result[T])
	return r.value, r.err
}

// PutObject implements the call.
func (b bucket) PutObject(ctx context.Context, in *s3.PutObjectInput, _ ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	key := aws.ToString(in.Key)
	return through(ctx, b, "PutObject "+key, func() (*s3.PutObjectOutput, error) {
		out, err := b.store().PutObject(context.Background(), in)
		if b.name == serviceAudit && strings.HasPrefix(key, audit.Prefix(deployment)+"dt=") {
			b.world.oracle.stored(key)
		}
		if b.name == serviceFailures && err == nil {
			b.world.oracle.resolved(key)
		}
		return out, err
	})
}

// GetObject implements the call.
func (b bucket) GetObject(ctx context.Context, in *s3.GetObjectInput, _ ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	return through(ctx, b, "GetObject "+aws.ToString(in.Key), func() (*s3.GetObjectOutput, error) {
		return b.store().GetObject(context.Background(), in)
	})
}

// ListObjectsV2 implements the call.
func (b bucket) ListObjectsV2(ctx context.Context, in *s3.ListObjectsV2Input, _ ...func(*s3.Options)) (*s3.ListObjectsV2Output, error) {
	return through(ctx, b, "ListObjectsV2 "+aws.ToString(in.Prefix), func() (*s3.ListObjectsV2Output, error) {
		return b.store().ListObjectsV2(context.Background(), in)
	})
}

// bus is the event bus as an actor's client reaches it.
type bus struct {
	world *world
	of    func() *actor
}

// PutEvents implements the call.
func (b bus) PutEvents(
	ctx context.Context, in *eventbridge.PutEventsInput, _ ...func(*eventbridge.Options),
) (*eventbridge.PutEventsOutput, error) {
	put := func(keep func(int) bool) any {
		out := &eventbridge.PutEventsOutput{}
		for i, entry := range in.Entries {
			if !keep(i) {
				out.FailedEntryCount++
				out.Entries = append(out.Entries, types.PutEventsResultEntry{ErrorCode: aws.String("ThrottlingException")})
				continue
			}
			out.Entries = append(out.Entries, types.PutEventsResultEntry{EventId: aws.String(b.world.uuid())})
			b.world.oracle.published(entry)
		}
		return out
	}
	first := ""
	if len(in.Entries) > 0 {
		first = aws.ToString(in.Entries[0].Detail)
	}
	value, err := b.world.external(ctx, &call{actor: b.of(), service: serviceBus,
		name: fmt.Sprintf("PutEvents %d %016x", len(in.Entries), hashOf(first)),
		effect: effects{
			do:   func() any { return put(func(int) bool { return true }) },
			part: put, refuse: refuse,
		}})
	if err != nil {
		return nil, err
	}
	return value.(*eventbridge.PutEventsOutput), nil
}

// items reads the table as an actor's client does.
type items struct {
	world *world
	of    func() *actor
}

// Item implements search.Items.
func (i items) Item(ctx context.Context, key []byte) ([]byte, error) {
	value, err := i.world.external(ctx, &call{actor: i.of(), service: serviceTable, name: "GetItem " + string(key), effect: effects{
		refuse: refuse,
		do: func() any {
			return []byte(i.world.table.items[normal(key)].text)
		},
	}})
	if err != nil {
		return nil, err
	}
	return value.([]byte), nil
}

// outage says whether the call's service is out, and what it answers then.
func (w *world) outage(c *call) (any, error, bool) {
	if w.down[c.service] {
		return nil, errLost, true
	}
	if w.denied[c.service] {
		value, err := c.effect.refuse(Denied)
		return value, err, true
	}
	return nil, nil, false
}

// statusOf is the HTTP status of a refusal by OpenSearch; 0 where the fault has none.
func statusOf(f Fault) int {
	switch f {
	case Throttled:
		return http.StatusTooManyRequests
	case ServerError:
		return http.StatusInternalServerError
	case Unavailable:
		return http.StatusServiceUnavailable
	case Denied:
		return http.StatusForbidden
	}
	return 0
}
