package main

import (
	"context"
	"fmt"
	"io"

	"github.com/outflow-dev/outflow/pkg/local"
)

// Validate is asked by kong once all flags are read; what it returns is a fault of usage.
func (f *localFlags) Validate() error {
	if err := local.CheckSubscribers(f.Subscriber); err != nil {
		return fmt.Errorf("--subscriber: %w", err)
	}
	return nil
}

// tellSubscribers says by which ARN a rule reaches each subscriber.
func tellSubscribers(ctx context.Context, p *local.Pipeline, out io.Writer) error {
	subscribers := p.Status(ctx).Subscribers
	for _, s := range subscribers {
		if _, err := fmt.Fprintf(out, "subscriber %s: the target %s of rules, log %s\n", s.Name, s.ARN, s.Log); err != nil {
			return err
		}
	}
	if len(subscribers) == 0 {
		return nil
	}
	_, err := fmt.Fprintf(out, "add a rule with: aws events put-rule and put-targets --event-bus-name %s --endpoint-url %s\n",
		p.Target.Bus, p.Target.Events)
	return err
}
