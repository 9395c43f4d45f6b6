package change

import (
	"bytes"
	"slices"
)

// record is a stream record taken apart but not yet understood. Texts are nil where the record has none.
type record struct {
	source, name, id, arn []byte
	sequence, view, at    []byte // at is the number as it is written
	identity, principal   []byte // type and principalId of userIdentity
	keys, old, new        Image
}

// read takes the record at d.pos apart, strictly.
func (d *decoder) read() error {
	d.record, d.names = record{}, d.names[:0]
	return d.object((*decoder).recordMember)
}

// object reads an object whose members' values are read by member, and refuses a name that is there twice.
func (d *decoder) object(member func(d *decoder, name []byte) error) error {
	if d.peek() != '{' {
		return errNotObject
	}
	d.pos++
	mark := len(d.names)
	for first := true; ; first = false {
		more, err := d.more(first, '}')
		if err != nil {
			return err
		}
		if !more {
			return d.closeNames(mark)
		}
		text, err := d.member()
		if err != nil {
			return err
		}
		name := d.a.bytes(text)
		if err := member(d, name); err != nil {
			return withinRecord(name, err)
		}
		d.names = append(d.names, name)
	}
}

// withinRecord leaves out the member that the stream's own part of the record lies in: the paths of all interest
// begin with NewImage, OldImage or Keys.
func withinRecord(name []byte, err error) error {
	if _, located := err.(*FaultError); located && string(name) == "dynamodb" { //nolint:errorlint // made here, never wrapped
		return err
	}
	return within(name, err)
}

// closeNames forgets the names of an object that is read, unless one is there twice.
func (d *decoder) closeNames(mark int) error {
	names := d.names[mark:]
	slices.SortFunc(names, bytes.Compare)
	for i := 1; i < len(names); i++ {
		if bytes.Equal(names[i-1], names[i]) {
			return within(names[i], errDuplicate)
		}
	}
	d.names = d.names[:mark]
	return nil
}

func (d *decoder) recordMember(name []byte) error {
	r := &d.record
	switch string(name) {
	case "eventSource":
		return d.quoted(&r.source)
	case "eventName":
		return d.quoted(&r.name)
	case "eventID":
		return d.quoted(&r.id)
	case "eventSourceARN":
		return d.quoted(&r.arn)
	case "dynamodb":
		return d.object((*decoder).streamMember)
	case "userIdentity":
		if d.peek() == 'n' {
			return d.literal("null")
		}
		return d.object((*decoder).identityMember)
	}
	return d.skip(maxDepth)
}

func (d *decoder) streamMember(name []byte) error {
	r := &d.record
	switch string(name) {
	case "Keys":
		return d.image(&r.keys)
	case "NewImage":
		return d.image(&r.new)
	case "OldImage":
		return d.image(&r.old)
	case "SequenceNumber":
		return d.quoted(&r.sequence)
	case "StreamViewType":
		return d.quoted(&r.view)
	case "ApproximateCreationDateTime":
		number, err := d.number()
		r.at = number.of(d.src)
		return err
	}
	return d.skip(maxDepth)
}

func (d *decoder) identityMember(name []byte) error {
	r := &d.record
	switch {
	case d.peek() != '"':
	case string(name) == "type", string(name) == "Type":
		return d.quoted(&r.identity)
	case string(name) == "principalId", string(name) == "PrincipalId":
		return d.quoted(&r.principal)
	}
	return d.skip(maxDepth)
}

const errNotString reason = "is not a JSON string"

func (d *decoder) quoted(to *[]byte) error {
	if d.peek() != '"' {
		return errNotString
	}
	text, err := d.text()
	*to = d.a.bytes(text)
	return err
}

// image reads an image; null stands for none.
func (d *decoder) image(to *Image) error {
	if d.peek() == 'n' {
		return d.literal("null")
	}
	i := int32(len(d.a.nodes))
	d.a.nodes = append(d.a.nodes, node{kind: KindM})
	*to = Image{d.a, i}
	return d.members(i, maxLevels)
}
