package table

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/outflow-dev/outflow/pkg/model"
)

// begin finds the entity of a write and refuses tables whose items have a form that this package does not write.
func (t *Table) begin(k kind, entity string) (*model.Entity, *plan, error) {
	verbs := map[kind]string{put: "put", update: "update", remove: "delete", check: "check"}
	e, err := t.entity(entity)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", verbs[k], err)
	}
	p := &plan{kind: k, doing: verbs[k] + " " + e.Name}
	if t.model.Table.Format != "" && k != check {
		return nil, nil, fmt.Errorf("%s: the table's items are written in the format of %s; write them with it", p.doing,
			t.model.Table.Format)
	}
	return e, p, nil
}

// named plans what writes by key have in common.
func (t *Table) named(k kind, entity string, key any, c Condition) (*model.Entity, *plan, attributes, error) {
	e, p, err := t.begin(k, entity)
	if err != nil {
		return nil, nil, nil, err
	}
	var values attributes
	var keyFault, fault error
	p.key, values, keyFault = t.keyOf(e, key)
	p.conditions, fault = t.conditions(e, c)
	if fault = errors.Join(keyFault, fault); fault != nil {
		return nil, nil, nil, fmt.Errorf("%s: %w", p.doing, fault)
	}
	if k != check {
		p.conditions.exists = true
	}
	if p.conditions.exists && e.ToldByAttribute() {
		p.conditions.entity = attributes{t.model.Table.EntityAttribute: text(e.Value)}
	}
	return e, p, values, nil
}

func (w Delete) plan(_ context.Context, t *Table) (*plan, error) {
	_, p, _, err := t.named(remove, w.Entity, w.Key, w.If)
	if err == nil {
		err = p.refuse(w.If.Absent, "the condition asks for an absent item, and there would be nothing to delete")
	}
	if err == nil {
		err = p.wrap(Stamp{Revision: w.Revision}.check(t.model.Table.Stamps))
	}
	if err == nil && w.Revision > 0 {
		p.conditions.revision = attributes{t.model.Table.Stamps.Revision: number(w.Revision)}
	}
	return p, err
}

func (w Check) plan(_ context.Context, t *Table) (*plan, error) {
	_, p, _, err := t.named(check, w.Entity, w.Key, w.If)
	if err == nil {
		err = p.refuse(!p.conditions.absent && !p.conditions.exists && len(p.conditions.equal) == 0,
			"there is no condition to check; say in If what must hold")
	}
	return p, err
}

func (w Put) plan(_ context.Context, t *Table) (*plan, error) {
	e, p, err := t.begin(put, w.Entity)
	if err != nil {
		return nil, err
	}
	var valueFault, fault error
	values, valueFault := t.values(e, w.Fields)
	p.conditions, fault = t.conditions(e, w.If)
	if err := errors.Join(valueFault, fault, w.By.check(t.model.Table.Stamps)); err != nil {
		return nil, p.wrap(err)
	}
	p.key, fault = t.primaryKey(e, values)
	p.item = maps.Clone(p.key)
	if err := errors.Join(fault, p.fill(t, e, values), p.stamp(t, w.By, w.If)); err != nil {
		return nil, p.wrap(err)
	}
	return p, p.wrap(missing(e, p.item))
}

// fill adds a put's attributes to its key.
func (p *plan) fill(t *Table, e *model.Entity, values attributes) error {
	if p.item == nil {
		return nil // the key has faults, which are told
	}
	for name, value := range values {
		f, err := t.field(e, name)
		if err != nil {
			return err
		}
		if value != nil && f.Key == 0 {
			p.item[f.Attribute()] = value
		}
	}
	var faults []error
	for _, name := range t.indexTemplates(e) {
		value, err := t.indexKey(e, name, values)
		if value != nil {
			p.item[name] = value
		}
		faults = append(faults, err)
	}
	if e.ToldByAttribute() {
		p.item[t.model.Table.EntityAttribute] = text(e.Value)
	}
	return errors.Join(faults...)
}

// stamp adds a put's stamps. Where the model has a revision, one that was not read makes the put create.
func (p *plan) stamp(t *Table, by Stamp, c Condition) error {
	names := t.model.Table.Stamps
	if p.item == nil {
		return nil
	}
	for name, value := range by.attributes(names) {
		if value != nil {
			p.item[name] = value
		}
	}
	if names.Revision == "" {
		return nil
	}
	p.item[names.Revision] = number(by.Revision + 1)
	if by.Revision > 0 {
		p.conditions.revision = attributes{names.Revision: number(by.Revision)}
		return nil
	}
	if c.Exists || len(c.Equal) > 0 {
		return errors.New("the model stamps a revision: to replace an item give the one that was read in By.Revision")
	}
	p.conditions.absent = true
	return nil
}

// missing reports required fields that an item does not have.
func missing(e *model.Entity, item attributes) error {
	var faults []error
	for _, f := range e.Fields {
		if f.Required && f.Key == 0 && item[f.Attribute()] == nil {
			faults = append(faults, &FieldError{e.Name, f.Name, string(f.Type.Kind), "is required and was not given"})
		}
	}
	return errors.Join(faults...)
}

func (p *plan) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", p.doing, err)
}

func (p *plan) refuse(wrong bool, why string) error {
	if !wrong {
		return nil
	}
	return fmt.Errorf("%s: %s", p.doing, why)
}

func sortedNames(values attributes) []string { return slices.Sorted(maps.Keys(values)) }
