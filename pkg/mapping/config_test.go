package mapping_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/mapping"
)

func TestConfigLimits(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*mapping.Config)
		fault  string // "" where the config is valid
	}{
		{"the defaults", func(*mapping.Config) {}, ""},
		{"no id", func(c *mapping.Config) { c.ID = "" }, "ID is missing"},
		{"no stream", func(c *mapping.Config) { c.StreamARN = "" }, "StreamARN is missing"},
		{"no function", func(c *mapping.Config) { c.FunctionARN = "" }, "FunctionARN is missing"},
		{"no starting position", func(c *mapping.Config) { c.StartingPosition = "" }, "it must be TRIM_HORIZON or LATEST"},
		{
			"a starting position of Kinesis", func(c *mapping.Config) { c.StartingPosition = "AT_TIMESTAMP" },
			"a DynamoDB stream has no AT_TIMESTAMP",
		},
		{"a batch of one", func(c *mapping.Config) { c.BatchSize = 1 }, ""},
		{"the largest batch", func(c *mapping.Config) { c.BatchSize = 10_000 }, ""},
		{"an empty batch", func(c *mapping.Config) { c.BatchSize = 0 }, "BatchSize is 0: it must be between 1 and 10000"},
		{"too large a batch", func(c *mapping.Config) { c.BatchSize = 10_001 }, "BatchSize is 10001"},
		{"the longest window", func(c *mapping.Config) { c.MaximumBatchingWindowInSeconds = 300 }, ""},
		{
			"too long a window", func(c *mapping.Config) { c.MaximumBatchingWindowInSeconds = 301 },
			"MaximumBatchingWindowInSeconds is 301: it must be between 0 and 300",
		},
		{"ten lanes", func(c *mapping.Config) { c.ParallelizationFactor = 10 }, ""},
		{"no lane", func(c *mapping.Config) { c.ParallelizationFactor = 0 }, "ParallelizationFactor is 0: it must be between 1 and 10"},
		{"eleven lanes", func(c *mapping.Config) { c.ParallelizationFactor = 11 }, "ParallelizationFactor is 11"},
		{"the most retries", func(c *mapping.Config) { c.MaximumRetryAttempts = 10_000 }, ""},
		{
			"too many retries", func(c *mapping.Config) { c.MaximumRetryAttempts = 10_001 },
			"MaximumRetryAttempts is 10001: it must be between -1 and 10000",
		},
		{"retries below none", func(c *mapping.Config) { c.MaximumRetryAttempts = -2 }, "MaximumRetryAttempts is -2"},
		{"the least age", func(c *mapping.Config) { c.MaximumRecordAgeInSeconds = 60 }, ""},
		{"the most age", func(c *mapping.Config) { c.MaximumRecordAgeInSeconds = 604_800 }, ""},
		{
			"too little age", func(c *mapping.Config) { c.MaximumRecordAgeInSeconds = 59 },
			"MaximumRecordAgeInSeconds is 59: it must be between 60 and 604800, or -1 for no limit",
		},
		{"no age", func(c *mapping.Config) { c.MaximumRecordAgeInSeconds = 0 }, "MaximumRecordAgeInSeconds is 0"},
		{"too much age", func(c *mapping.Config) { c.MaximumRecordAgeInSeconds = 604_801 }, "MaximumRecordAgeInSeconds is 604801"},
		{"a tumbling window", func(c *mapping.Config) { c.TumblingWindowInSeconds = 30 }, "tumbling windows are not supported"},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := testConfig()
			test.change(&config)
			_, err := mapping.New(config, nil)
			if test.fault == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.fault)
		})
	}
}

func TestAllFaultsAreNamed(t *testing.T) {
	_, err := mapping.New(mapping.Config{MaximumRetryAttempts: -5}, []mapping.Checkpoint{
		{Position: mapping.Position{Type: mapping.TrimHorizon}},
		{Shard: "a", Position: mapping.Position{Type: mapping.After, Sequence: "12x"}},
		{Shard: "b", Position: mapping.Position{Type: mapping.At}},
		{Shard: "c", Position: mapping.Position{Type: "AT_TIMESTAMP"}},
		{Shard: "d", Position: mapping.Position{Type: mapping.Latest}},
		{Shard: "d", Position: mapping.Position{Type: mapping.Latest}},
	})
	for _, fault := range []string{
		"start event source mapping", "ID is missing", "BatchSize is 0", "MaximumRetryAttempts is -5",
		"a checkpoint has no shard", `the checkpoint of shard a has sequence number "12x", which is not a decimal number`,
		`the checkpoint of shard b has sequence number ""`, `the checkpoint of shard c has position type "AT_TIMESTAMP"`,
		"shard d has two checkpoints",
	} {
		require.ErrorContains(t, err, fault)
	}
}
