package backfill

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Options say what a backfill is of, in the form in which a person or a program asks for it.
type Options struct {
	Entity   string            `json:"entity,omitempty"`   // root of documents
	Prefix   string            `json:"prefix,omitempty"`   // of the partition key
	Keys     []json.RawMessage `json:"keys,omitempty"`     // in DynamoDB JSON; instead of the table
	Export   string            `json:"export,omitempty"`   // s3://bucket/prefix, or a folder; instead of the table
	Segments int               `json:"segments,omitempty"` // of a scan; 0 for Workers
	Rate     float64           `json:"rcu,omitempty"`      // read units a second at most; 0 for no limit
}

// Check says everything that is wrong with the options, before anything is read.
func (o *Options) Check() error {
	var faults []error
	if o.Segments < 0 || o.Segments > MaxSegments {
		faults = append(faults, fmt.Errorf("segments is %d; it must be a number from 1 to %d", o.Segments, MaxSegments))
	}
	if o.Rate < 0 {
		faults = append(faults, fmt.Errorf("rcu is %v; it must be a number of read units a second, or 0 for no limit", o.Rate))
	}
	if len(o.Keys) > 0 && o.Export != "" {
		faults = append(faults, errors.New("either keys or an export can be read, not both"))
	}
	if len(o.Keys) > 0 && (o.Entity != "" || o.Prefix != "") {
		faults = append(faults, errors.New("listed keys are brought in as they are: no entity and no prefix beside them"))
	}
	return errors.Join(faults...)
}
