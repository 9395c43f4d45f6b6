package table

import (
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/outflow-dev/outflow/pkg/model"
)

// check refuses stamps that the model names no attribute for, and an actor of whom nobody could tell one write from
// the next: the same name twice is no evidence without a request or a revision that changes.
func (s Stamp) check(names model.Stamps) error {
	var faults []error
	for _, stamp := range []struct {
		name, attribute string
		given           bool
	}{
		{"actor", names.Actor, s.Actor != ""},
		{"request", names.Request, s.Request != ""},
		{"tenant", names.Tenant, s.Tenant != ""},
		{"revision", names.Revision, s.Revision != 0},
	} {
		if stamp.given && stamp.attribute == "" {
			faults = append(faults, fmt.Errorf("the model has no attribute for the %s; name one in table.stamps, or leave it out",
				stamp.name))
		}
	}
	if s.Revision < 0 {
		faults = append(faults, fmt.Errorf("revision %d is negative; give the one that was read", s.Revision))
	}
	if s.Actor != "" && s.Request == "" && names.Request != "" && names.Revision == "" {
		faults = append(faults, errors.New("an actor without a request: the actor's next write could not be told from a "+
			"write that only kept the name; give the request"))
	}
	return errors.Join(faults...)
}

// stamps are the attributes that say who writes: nil for those that an update has to remove.
func (s Stamp) attributes(names model.Stamps) attributes {
	all := attributes{}
	for name, value := range map[string]string{names.Actor: s.Actor, names.Request: s.Request} {
		if name != "" {
			all[name] = text(value)
		}
	}
	if names.Tenant != "" && s.Tenant != "" {
		all[names.Tenant] = text(s.Tenant)
	}
	return all
}

// text is nil for an empty value.
func text(value string) types.AttributeValue {
	if value == "" {
		return nil
	}
	return &types.AttributeValueMemberS{Value: value}
}

// stampOf reads an item's stamps; a revision that is no integer counts as none.
func stampOf(names model.Stamps, item attributes) Stamp {
	get := func(name string) string {
		s, _ := textOf(item[name])
		return s
	}
	s := Stamp{Actor: get(names.Actor), Request: get(names.Request), Tenant: get(names.Tenant)}
	if n, err := integerOf(item[names.Revision]); err == nil {
		s.Revision = n
	}
	return s
}
