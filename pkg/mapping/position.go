package mapping

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// IteratorType says where in a shard reading begins, in the words of GetShardIterator.
type IteratorType string

// The iterator types that a mapping uses.
const (
	TrimHorizon IteratorType = "TRIM_HORIZON"          // the oldest record that the stream still has
	Latest      IteratorType = "LATEST"                // only what is written from now on
	At          IteratorType = "AT_SEQUENCE_NUMBER"    // the record of that sequence number and what follows
	After       IteratorType = "AFTER_SEQUENCE_NUMBER" // what follows the record of that sequence number
)

// Position is a place in a shard.
type Position struct {
	Type     IteratorType `json:"type"`
	Sequence string       `json:"sequence,omitempty"` // only with At and After
}

// passed reports whether the record of that sequence number lies before the position.
func (p Position) passed(sequence string) bool {
	switch p.Type {
	case At:
		return compareSequences(sequence, p.Sequence) < 0
	case After:
		return compareSequences(sequence, p.Sequence) <= 0
	default:
		return false
	}
}

// Checkpoint is what must survive a restart of one shard: everything up to Position is settled. A shard that is Done
// was read to its end; its checkpoint is kept as long as the stream lists it, so that it is not read again.
type Checkpoint struct {
	Shard    string   `json:"shard"`
	Position Position `json:"position"`
	Done     bool     `json:"done,omitempty"`
}

func validCheckpoints(checkpoints []Checkpoint) error {
	var faults []error
	seen := make(map[string]bool, len(checkpoints))
	for _, c := range checkpoints {
		if err := c.validate(seen[c.Shard]); err != nil {
			faults = append(faults, err)
		}
		seen[c.Shard] = true
	}
	return errors.Join(faults...)
}

func (c Checkpoint) validate(twice bool) error {
	types := []IteratorType{TrimHorizon, Latest, At, After}
	named := c.Position.Type == At || c.Position.Type == After
	switch {
	case c.Shard == "":
		return errors.New("a checkpoint has no shard")
	case twice:
		return fmt.Errorf("shard %s has two checkpoints", c.Shard)
	case !slices.Contains(types, c.Position.Type):
		return fmt.Errorf("the checkpoint of shard %s has position type %q: it must be one of %q",
			c.Shard, c.Position.Type, types)
	case named && !decimal(c.Position.Sequence):
		return fmt.Errorf("the checkpoint of shard %s has sequence number %q, which is not a decimal number",
			c.Shard, c.Position.Sequence)
	}
	return nil
}

func decimal(sequence string) bool {
	return sequence != "" && strings.Trim(sequence, "0123456789") == ""
}

// compareSequences orders sequence numbers: decimal numbers of up to 40 digits, too long for any integer type.
// DynamoDB Local pads them with zeros, the service does not.
func compareSequences(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}
