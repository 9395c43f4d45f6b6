package local

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/outflow-dev/outflow/pkg/local/bus"
	"github.com/outflow-dev/outflow/pkg/local/console"
	"github.com/outflow-dev/outflow/pkg/local/lambda"
)

// Subscriber is a function that rules of the bus can have as a target, by the ARN that Pipeline.Status tells. It runs
// with the memory and time-out of the consumer, and with region, credentials and endpoints under the names that the AWS
// SDKs read.
type Subscriber struct {
	Name   string // of the function: 1 to 64 letters, digits, - and _
	Binary string // its bootstrap, built for this machine
}

var subscriberName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// UnmarshalText reads "NAME=PATH". It does not look whether the file is there.
func (s *Subscriber) UnmarshalText(text []byte) error {
	name, path, found := strings.Cut(string(text), "=")
	switch {
	case !found || path == "":
		return fmt.Errorf("%q is not NAME=PATH, as in mailer=./mailer/bootstrap", text)
	case !subscriberName.MatchString(name):
		return fmt.Errorf("%q: the name of a function has 1 to 64 letters, digits, - and _; write NAME=PATH", text)
	}
	s.Name, s.Binary = name, path
	return nil
}

// CheckSubscribers refuses names that are there twice, since an ARN leads to one function.
func CheckSubscribers(all []Subscriber) error {
	seen := map[string]string{}
	for _, s := range all {
		if other, twice := seen[s.Name]; twice {
			return fmt.Errorf("two subscribers are named %s: %s and %s; give each a name of its own", s.Name, other, s.Binary)
		}
		seen[s.Name] = s.Binary
	}
	return nil
}

// checkSubscribers names every fault of the subscribers, before anything is started.
func (p *Pipeline) checkSubscribers() error {
	faults := []error{CheckSubscribers(p.config.Subscribers)}
	for _, s := range p.config.Subscribers {
		_, err := lambda.New(lambda.Config{Name: s.Name, Binary: s.Binary}) // starts nothing
		if err != nil {
			err = fmt.Errorf("subscriber: %w", err)
		}
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// hostSubscribers sets the subscribers up; each is started by its first event. They are there until stopSubscribers.
func (p *Pipeline) hostSubscribers() (map[string]bus.Function, error) {
	functions := map[string]bus.Function{}
	for _, s := range p.config.Subscribers {
		log, err := p.openLog(subscriberLog(s.Name))
		if err != nil {
			return nil, err
		}
		fn, err := lambda.New(lambda.Config{
			Name: s.Name, Binary: s.Binary, Env: p.clientEnvironment(), Timeout: functionTimeout, Memory: functionMemory, Log: log,
		})
		if err != nil {
			return nil, fmt.Errorf("subscriber: %w", err)
		}
		p.subscribers = append(p.subscribers, fn)
		functions[s.Name] = subscriber{fn}
	}
	return functions, nil
}

// subscriberLog is in a name space of its own, so that no name of a subscriber meets the log of a part of the pipeline.
func subscriberLog(name string) string { return "subscriber-" + name + ".log" }

// subscriber makes a hosted function a target of the bus, which knows what to try again.
type subscriber struct{ fn *lambda.Function }

var _ bus.Function = subscriber{}

// Invoke implements bus.Function.
func (s subscriber) Invoke(ctx context.Context, event []byte) error {
	result, err := s.fn.Invoke(ctx, event)
	if err == nil && result.Error != nil {
		return fmt.Errorf("%w: %w", bus.ErrFunction, result.Error)
	}
	return err
}

// stopSubscribers is for when the bus delivers nothing any more.
func (p *Pipeline) stopSubscribers(ctx context.Context) error {
	faults := []error{}
	for _, fn := range p.subscribers {
		faults = append(faults, fn.Stop(ctx))
	}
	p.subscribers = nil
	return errors.Join(faults...)
}

func (p *Pipeline) subscriberStatus() (all []console.Subscriber) {
	for i, fn := range p.subscribers {
		name := p.config.Subscribers[i].Name
		all = append(all, console.Subscriber{
			Name: name, ARN: fn.ARN(), Log: filepath.Join(p.config.Dir, "logs", subscriberLog(name)), Running: len(fn.Instances()),
		})
	}
	return all
}
