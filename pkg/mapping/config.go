package mapping

import (
	"errors"
	"fmt"
	"time"
)

// Config is one event source mapping. The names, units and limits are the service's (CreateEventSourceMapping).
// Begin with Defaults: a zero MaximumRetryAttempts means no retry, not the default.
type Config struct {
	ID          string // the mapping's UUID, which on-failure keys carry
	StreamARN   string
	FunctionARN string

	StartingPosition               IteratorType // TrimHorizon or Latest; only for shards without a checkpoint
	BatchSize                      int          // records, 1 to 10,000
	MaximumBatchingWindowInSeconds int          // 0 to 300
	ParallelizationFactor          int          // lanes a shard, 1 to 10
	Filters                        []string     // FilterCriteria: EventBridge patterns, ORed; see NewFilter
	ReportBatchItemFailures        bool         // partial responses count
	BisectBatchOnFunctionError     bool
	MaximumRetryAttempts           int  // -1 (no limit) to 10,000
	MaximumRecordAgeInSeconds      int  // -1 (until the stream trims the record), or 60 to 604,800
	TumblingWindowInSeconds        int  // 0: windows with state are not built
	OnFailure                      bool // there is an S3 on-failure destination
	Disabled                       bool // waits for Enable
}

// Defaults is what the service assumes where a setting is left out. ID, ARNs and StartingPosition have no default.
func Defaults() Config {
	return Config{BatchSize: 100, ParallelizationFactor: 1, MaximumRetryAttempts: -1, MaximumRecordAgeInSeconds: -1}
}

// Validate names every setting that the service would refuse, with its limit.
func (c Config) Validate() error {
	return errors.Join(
		present("ID", c.ID), present("StreamARN", c.StreamARN), present("FunctionARN", c.FunctionARN),
		c.validStart(),
		within("BatchSize", c.BatchSize, 1, 10_000),
		within("MaximumBatchingWindowInSeconds", c.MaximumBatchingWindowInSeconds, 0, 300),
		within("ParallelizationFactor", c.ParallelizationFactor, 1, 10),
		within("MaximumRetryAttempts", c.MaximumRetryAttempts, -1, 10_000),
		c.validAge(),
		c.validFilters(),
		c.validTumbling(),
	)
}

func (c Config) validStart() error {
	if c.StartingPosition == TrimHorizon || c.StartingPosition == Latest {
		return nil
	}
	return fmt.Errorf("StartingPosition is %q: it must be %s or %s (a DynamoDB stream has no AT_TIMESTAMP)",
		c.StartingPosition, TrimHorizon, Latest)
}

func (c Config) validAge() error {
	if c.MaximumRecordAgeInSeconds == -1 {
		return nil
	}
	if err := within("MaximumRecordAgeInSeconds", c.MaximumRecordAgeInSeconds, 60, 604_800); err != nil {
		return fmt.Errorf("%w, or -1 for no limit", err)
	}
	return nil
}

func (c Config) validFilters() error {
	if _, err := NewFilter(c.Filters); err != nil {
		return fmt.Errorf("filter criteria: %w", err)
	}
	return nil
}

func (c Config) validTumbling() error {
	if c.TumblingWindowInSeconds == 0 {
		return nil
	}
	return fmt.Errorf("TumblingWindowInSeconds is %d: tumbling windows are not supported here; leave it at 0",
		c.TumblingWindowInSeconds)
}

func present(name, value string) error {
	if value == "" {
		return fmt.Errorf("%s is missing", name)
	}
	return nil
}

func within(name string, value, low, high int) error {
	if value < low || value > high {
		return fmt.Errorf("%s is %d: it must be between %d and %d", name, value, low, high)
	}
	return nil
}

func (c Config) window() time.Duration {
	return time.Duration(c.MaximumBatchingWindowInSeconds) * time.Second
}

func (c Config) age() time.Duration { return time.Duration(c.MaximumRecordAgeInSeconds) * time.Second }
