package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
)

// DefaultMaxBytes is the limit of an entry and of a call that holds in every region; regions with 1 MiB raise it.
const DefaultMaxBytes = 256 << 10

// DefaultMaxBacklog bounds the memory that a target which is down costs; what comes on top of it is not retried.
const DefaultMaxBacklog = 256 << 20

// DefaultBus is the bus that calls mean when they name none. It always exists.
const DefaultBus = "default"

// Config describes a bus service. Dir is required; for every other field zero means the default.
type Config struct {
	Dir           string              // events.ndjson, dead-letters.ndjson, rules.json and queues/ live there
	Region        string              // us-east-1
	Account       string              // 000000000000
	Buses         []string            // created at the start, beside DefaultBus
	MaxEntryBytes int                 // DefaultMaxBytes
	MaxCallBytes  int                 // MaxEntryBytes
	MaxBacklog    int                 // bytes of events that may wait for one target; DefaultMaxBacklog
	Functions     map[string]Function // by name: the targets arn:aws:lambda:<region>:<account>:function:<name>
	Log           *slog.Logger        // tells of deliveries that failed for good; none
	Now           func() time.Time    // time.Now
	NewID         func() string       // of events; random UUIDs
}

// Function is a target that runs code. An error is retried under the target's retry policy; one that wraps
// ErrFunction at most twice.
type Function interface {
	Invoke(ctx context.Context, event []byte) error
}

// ErrFunction says that a function ran and failed, rather than that it could not be reached or was throttled. Lambda
// runs such an asynchronous invocation three times in all.
var ErrFunction = errors.New("the function failed")

func (c Config) complete() (Config, error) {
	faults := []error{}
	if c.Dir == "" {
		faults = append(faults, errors.New("no directory given for events.ndjson"))
	}
	if least := min(c.MaxEntryBytes, c.MaxCallBytes, c.MaxBacklog); least < 0 {
		faults = append(faults, fmt.Errorf("limit of %d bytes: must be above 0", least))
	}
	for _, name := range c.Buses {
		if busNames.check(name, "name") != nil {
			faults = append(faults, fmt.Errorf("bus %q: 1 to 256 letters, digits and . - _ /", name))
		}
	}
	return c.withDefaults(), errors.Join(faults...)
}

func (c Config) withDefaults() Config {
	if c.Region == "" {
		c.Region = "us-east-1"
	}
	if c.Account == "" {
		c.Account = "000000000000"
	}
	if c.MaxEntryBytes == 0 {
		c.MaxEntryBytes = DefaultMaxBytes
	}
	if c.MaxCallBytes == 0 {
		c.MaxCallBytes = c.MaxEntryBytes
	}
	if c.MaxBacklog == 0 {
		c.MaxBacklog = DefaultMaxBacklog
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.NewID == nil {
		c.NewID = uuid.NewString
	}
	return c
}
