package backfill

import (
	"bytes"
	"context"
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

// Task is what the options ask for. objects is where exports in S3 are got.
func (w *World) Task(ctx context.Context, o *Options, objects Getter) (Task, error) {
	f := Filter{Model: w.Model, Entity: o.Entity, Prefix: o.Prefix}
	if err := errors.Join(o.Check(), f.Check()); err != nil {
		return Task{}, err
	}
	if len(o.Keys) > 0 {
		return w.inline(o.Keys)
	}
	if bucket, prefix, ok := ParseBucket(o.Export); ok {
		return w.Export(ctx, &Bucket{Client: objects, Name: bucket, Prefix: prefix}, f)
	}
	if o.Export != "" {
		return w.Export(ctx, Directory(o.Export), f)
	}
	segments := o.Segments
	if segments == 0 {
		segments = Workers
	}
	return w.Scan(segments, f), nil
}

func (w *World) inline(keys []json.RawMessage) (Task, error) {
	var lines bytes.Buffer
	for i, key := range keys {
		if err := json.Compact(&lines, key); err != nil {
			return Task{}, fmt.Errorf("key %d is no JSON: %w", i+1, err)
		}
		lines.WriteByte('\n')
	}
	return w.Keys(&Keys{Lines: bytes.NewReader(lines.Bytes()), Size: int64(lines.Len()), Parse: w.parseKey})
}

// parseKey takes a key that is in DynamoDB JSON already.
func (w *World) parseKey(line string) ([]byte, error) {
	var typed map[string]map[string]string
	if err := json.Unmarshal([]byte(line), &typed); err != nil || len(typed) != len(w.Model.Table.Key) {
		return nil, w.noKey()
	}
	for _, k := range w.Model.Table.Key {
		if value := typed[k.Name]; len(value) != 1 || value[k.Type] == "" {
			return nil, w.noKey()
		}
	}
	return []byte(line), nil
}

func (w *World) noKey() error {
	sample := map[string]map[string]string{}
	for _, k := range w.Model.Table.Key {
		sample[k.Name] = map[string]string{k.Type: "..."}
	}
	text, err := json.Marshal(sample)
	return errors.Join(fmt.Errorf("not a primary key such as %s", text), err)
}
