package backfill

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// Task says what a Plan is to read.
type Task struct {
	Source Source
	Name   string // of the source, such as scan; two that have other items or other lanes have other names
	Items  int    // in the source; -1 for as many as the table has
	Filter Filter // its Model is set by Plan
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

// Scan is the table itself, in so many segments.
func (w *World) Scan(segments int, f Filter) Task {
	return Task{Name: fmt.Sprintf("scan in %d segments", segments), Items: -1, Filter: f, Source: &Scan{
		Client: w.DynamoDB, Table: w.Table, Segments: segments, Budget: w.Budget, Now: w.Now,
		PartitionKey: w.Model.Table.Key[0].Name, Prefix: f.Prefix,
	}}
}

// Export is an export of the table.
func (w *World) Export(ctx context.Context, folder Folder, f Filter) (Task, error) {
	e, err := OpenExport(ctx, folder, w.Table)
	if err != nil {
		return Task{}, err
	}
	return Task{Name: "export " + e.Summary.ARN, Items: e.Summary.Items, Filter: f, Source: e}, nil
}

// Keys are the items of listed keys. The error names the lines that are none.
func (w *World) Keys(k *Keys) (Task, error) {
	n, hash, err := k.Check()
	if err != nil {
		return Task{}, err
	}
	if n == 0 {
		return Task{}, errors.New("the list of keys is empty")
	}
	return Task{Name: "keys " + hash, Items: n, Source: k}, nil
}
