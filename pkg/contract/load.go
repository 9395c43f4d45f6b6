package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/outflow-dev/outflow/pkg/model"
)

// ErrFormat says that a file is no contract that this version reads.
var ErrFormat = errors.New("not a contract that this outflow reads; generate it again")

// Load reads the file contract.json that Files makes. Its error is an ErrFormat where the file is none.
func Load(src []byte) (*Contract, error) {
	d := json.NewDecoder(bytes.NewReader(src))
	d.DisallowUnknownFields()
	c := &Contract{}
	if err := d.Decode(c); err != nil {
		return nil, fmt.Errorf("load contract: %w: %w", ErrFormat, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("load contract: %w: more than one JSON value", ErrFormat)
	}
	if c.Contract != Format {
		return nil, fmt.Errorf("load contract: format %d, not %d: %w", c.Contract, Format, ErrFormat)
	}
	slices.SortFunc(c.Events, byName)
	for i := range c.Events {
		if err := c.Events[i].check(); err != nil {
			return nil, fmt.Errorf("load contract: %w: %w", ErrFormat, err)
		}
	}
	return c, nil
}

// check refuses what Of never makes and Compare could not read.
func (e *Event) check() error {
	if e.Name == "" || e.Schema < 1 || e.Entity == "" || len(e.Change) == 0 {
		return fmt.Errorf("event %q, schema %d lacks a name, a number, an entity or its operations", e.Name, e.Schema)
	}
	for _, f := range slices.Concat(e.Key, e.Data, e.Before) {
		if !isWhole(&f.Type) {
			return fmt.Errorf("event %s: field %q has no whole type", e.Name, f.Name)
		}
	}
	return nil
}

// isWhole says whether a type has the members that its kind names.
func isWhole(t *model.Type) bool {
	switch t.Kind {
	case model.KindList, model.KindMap, model.KindSet:
		return t.Of != nil && isWhole(t.Of)
	case model.KindFields:
		return !slices.ContainsFunc(t.Fields, func(f model.Field) bool { return !isWhole(&f.Type) })
	case model.KindEnum:
		return len(t.Values) > 0
	}
	return t.Of == nil && slices.Contains(scalars, t.Kind)
}

var scalars = []model.Kind{model.KindString, model.KindInteger, model.KindNumber, model.KindDecimal, model.KindBoolean,
	model.KindTimestamp, model.KindBinary}
