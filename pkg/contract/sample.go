package contract

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/outflow-dev/outflow/pkg/model"
)

// Sample is an example of an event, as EventBridge delivers it. The same contract has the same samples.
type Sample struct {
	Name  string // <event>.v<schema>.<operation>, or .claimed in place of the operation
	Event json.RawMessage
}

// Samples are one of each event, schema and operation, and one with a claim of each event and schema.
func (c *Contract) Samples() []Sample {
	var all []Sample
	for i := range c.Events {
		all = append(all, c.samplesOf(&c.Events[i])...)
	}
	return all
}

func (c *Contract) samplesOf(e *Event) []Sample {
	var all []Sample
	for _, operation := range e.Change {
		all = append(all, Sample{e.Title() + "." + operation, c.sampleEvent(e, members{
			{"metadata", c.sampleMetadata(e, operation)}, {"data", sampleMembers(e.Data, now)},
			{"changed", e.sampleChanged(operation)}, {"before", e.sampleBefore(operation)},
		})})
	}
	hash := strings.Repeat("0123456789abcdef", 4)
	metadata := append(c.sampleMetadata(e, e.Change[0]), pair{"claim", members{
		{"bucket", c.Model + "-prod-claims"}, {"key", "claims/" + c.sampleID(e, e.Change[0]) + "-" + hash}, {"size", 300_000}, {"sha256", hash},
	}})
	return append(all, Sample{e.Title() + ".claimed", c.sampleEvent(e, members{{"metadata", metadata}})})
}

// members are those of an object whose order readers of the sample shall see: that of the bus.
type members []pair

type pair struct {
	name  string
	value any
}

// MarshalJSON keeps the order.
func (m members) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, member := range m {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(quoteText(member.name) + ":")
		b.Write(encodeLine(member.value))
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// sampleTime is when all samples happened.
const sampleTime = "2026-11-02T09:20:01Z"

func (c *Contract) sampleEvent(e *Event, detail members) json.RawMessage {
	return encode(members{
		{"version", "0"}, {"id", "7e3f1a52-0c4d-4a8b-9f6e-2d5b8c1a7f30"}, {"detail-type", e.Name}, {"source", c.Source},
		{"account", "123456789012"}, {"time", sampleTime}, {"region", "eu-west-1"}, {"resources", []string{}}, {"detail", detail},
	})
}

func (c *Contract) sampleID(e *Event, operation string) string {
	name := strings.Join([]string{c.Source, e.Title(), operation}, "\n")
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)).String()
}

func (c *Contract) sampleMetadata(e *Event, operation string) members {
	var actor, correlation any = "ann", "req-101"
	if operation == model.Remove { // a delete does not say who deleted
		actor, correlation = nil, nil
	}
	metadata := members{
		{"id", c.sampleID(e, operation)}, {"type", e.Name}, {"schema", e.Schema}, {"time", sampleTime}, {"entity", e.Entity},
		{"key", sampleMembers(e.Key, now)},
		{"itemVersion", "2026-11-02T09:14:07.312/0000000000004421584500000000017450440091"},
		{"operation", operation}, {"cause", "user"}, {"actor", actor}, {"correlationId", correlation}, {"tenant", nil},
	}
	if c.Revision {
		metadata = append(metadata, c.sampleRevision(operation)...)
	}
	return append(metadata, pair{"replayed", false})
}

// sampleRevision has null for the image that the operation does not have.
func (c *Contract) sampleRevision(operation string) members {
	switch operation {
	case model.Insert:
		return members{{"revision", 1}, {"previousRevision", nil}}
	case model.Remove:
		return members{{"revision", nil}, {"previousRevision", 7}}
	}
	return members{{"revision", 7}, {"previousRevision", 6}}
}

// sampleChanged are fields whose change would fire the event.
func (e *Event) sampleChanged(operation string) []string {
	changed := []string{}
	if operation != model.Modify {
		return changed
	}
	for _, name := range e.Watched {
		becomes := slices.ContainsFunc(e.Becomes, func(c model.Condition) bool { return c.Field == name })
		if becomes || slices.Contains(e.Changes, name) {
			changed = append(changed, name)
		}
	}
	if len(changed) == 0 && len(e.Watched) > 0 {
		return e.Watched[:1]
	}
	return changed
}

func (e *Event) sampleBefore(operation string) members {
	changed := e.sampleChanged(operation)
	var before []Field
	for _, f := range e.Before {
		if slices.Contains(changed, f.Name) {
			before = append(before, f)
		}
	}
	return sampleMembers(before, earlier)
}

// moment is when a sample's value was true: values of a field differ between the two.
type moment int

const (
	now moment = iota
	earlier
)

func sampleMembers(fields []Field, at moment) members {
	all := members{}
	for i := range fields {
		f := &fields[i]
		if f.Value != nil {
			all = append(all, pair{f.Name, f.Value})
		} else {
			all = append(all, pair{f.Name, sampleValue(f.Name, &f.Type, at)})
		}
	}
	return all
}

// pick returns the first of two where the moment is now, and the second for an earlier one.
func (m moment) pick(current, previous any) any { return []any{current, previous}[m] }

func sampleValue(name string, t *model.Type, at moment) any {
	switch t.Kind {
	case model.KindInteger:
		return at.pick(3, 2)
	case model.KindNumber:
		return at.pick(2.5, 1.5)
	case model.KindDecimal:
		return at.pick("42.5", "40")
	case model.KindBoolean:
		return at.pick(true, false)
	case model.KindTimestamp:
		return at.pick(sampleTime, "2026-11-01T09:20:01Z")
	case model.KindBinary:
		return base64.StdEncoding.EncodeToString([]byte(at.pick("now", "earlier").(string)))
	case model.KindEnum:
		return t.Values[min(int(at), len(t.Values)-1)]
	case model.KindList, model.KindSet:
		return []any{sampleValue(name, t.Of, at)}
	case model.KindMap:
		return object{"key": sampleValue(name, t.Of, at)}
	case model.KindFields:
		return sampleMembers(membersOf(t), at)
	}
	return strings.TrimSuffix(name, "_id") + at.pick("-2", "-1").(string)
}
