package table

import (
	"context"
	"errors"
	"slices"

	"github.com/outflow-dev/outflow/pkg/model"
)

func (w Update) plan(ctx context.Context, t *Table) (*plan, error) {
	e, p, given, err := t.named(update, w.Entity, w.Key, w.If)
	if err != nil {
		return nil, err
	}
	p.set = attributes{}
	touched, setFault := p.setFields(t, e, w.Set, given)
	removed, removeFault := p.removeFields(t, e, w.Remove, given)
	if err := errors.Join(setFault, removeFault, w.By.check(t.model.Table.Stamps)); err != nil {
		return nil, p.wrap(err)
	}
	if err := p.refuse(w.If.Absent, "the condition asks for an absent item, and an update changes one that exists; "+
		"use Put to create one"); err != nil {
		return nil, err
	}
	if err := p.refuse(len(touched)+len(removed) == 0, "there is nothing to set or remove"); err != nil {
		return nil, err
	}
	if err := p.reindex(ctx, t, e, given, append(touched, removed...)); err != nil {
		return nil, p.wrap(err)
	}
	p.restamp(t, w.By)
	return p, nil
}

// setFields plans the fields to set, adds their values to given and returns their names.
func (p *plan) setFields(t *Table, e *model.Entity, set any, given attributes) ([]string, error) {
	values, err := t.values(e, set)
	if err != nil {
		return nil, err
	}
	var faults []error
	names := sortedNames(values)
	for _, name := range names {
		f, err := t.field(e, name)
		switch {
		case err != nil:
			faults = append(faults, err)
		case t.isKey(e, f):
			faults = append(faults, &FieldError{e.Name, name, "", "is a key field, and an item's key does not change; " +
				"put the item under its new key and delete this one, in one transaction"})
		case values[name] == nil:
			faults = append(faults, &FieldError{e.Name, name, "", "is nil; name it in Remove to take it out"})
		default:
			p.set[f.Attribute()], given[name] = values[name], values[name]
		}
	}
	return names, errors.Join(faults...)
}

// removeFields plans the fields to take out; in given they are absent.
func (p *plan) removeFields(t *Table, e *model.Entity, names []string, given attributes) ([]string, error) {
	var faults []error
	for i, name := range names {
		f, err := t.field(e, name)
		switch {
		case err != nil:
			faults = append(faults, err)
		case t.isKey(e, f) || f.Required:
			faults = append(faults, &FieldError{e.Name, name, "", "is required, and cannot be removed"})
		case p.set[f.Attribute()] != nil || slices.Contains(names[:i], name):
			faults = append(faults, &FieldError{e.Name, name, "", "is named twice in Set and Remove; leave one out"})
		default:
			p.removed, given[name] = append(p.removed, f.Attribute()), nil
		}
	}
	return names, errors.Join(faults...)
}

// reindex plans the index keys that are made of touched fields. Where they are made of others too, the item is read,
// and the write asks that these be the same still.
func (p *plan) reindex(ctx context.Context, t *Table, e *model.Entity, given attributes, touched []string) error {
	keys, missing := t.reindex(e, given, touched)
	if len(missing) > 0 {
		item, err := t.read(ctx, p.key)
		if err != nil {
			return err
		}
		if len(item) == 0 {
			return ErrNotFound
		}
		p.conditions.read = attributes{}
		for _, name := range missing {
			value, attribute := stored(e, name, item)
			given[name] = value
			p.conditions.read[attribute] = item[attribute]
		}
	}
	var faults []error
	for _, name := range keys {
		value, err := t.indexKey(e, name, given)
		if value != nil {
			p.set[name] = value
		} else if err == nil && !slices.Contains(p.removed, name) {
			p.removed = append(p.removed, name)
		}
		faults = append(faults, err)
	}
	return errors.Join(faults...)
}

// restamp sets the stamps that are given and removes the others, so that nobody is taken for the writer who is not.
func (p *plan) restamp(t *Table, by Stamp) {
	names := t.model.Table.Stamps
	for name, value := range by.attributes(names) {
		if value != nil {
			p.set[name] = value
		} else {
			p.removed = append(p.removed, name)
		}
	}
	p.revision = names.Revision
	if by.Revision > 0 {
		p.conditions.revision = attributes{names.Revision: number(by.Revision)}
	}
}
