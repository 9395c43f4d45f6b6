package change

import (
	"cmp"

	"github.com/outflow-dev/outflow/pkg/model"
)

const (
	errSource    reason = "is not aws:dynamodb"
	errOperation reason = "is not INSERT, MODIFY or REMOVE"
)

// describe sets what a record says of itself beside its images: all of it that can be read. It returns the first
// fault.
func (d *decoder) describe(c *Change) error {
	r := &d.record
	c.EventID = d.id(r.id)
	return cmp.Or(describeSource(r), d.describeStream(c, r), describeOperation(c, r),
		d.describeSequence(c, r), describeTime(c, r))
}

func describeSource(r *record) error {
	if string(r.source) != "aws:dynamodb" {
		return within("eventSource", errSource)
	}
	return nil
}

func (d *decoder) describeStream(c *Change, r *record) error {
	if len(r.arn) == 0 || string(r.arn) != d.stream.ARN {
		stream, err := parseStream(string(r.arn))
		if err != nil {
			return within("eventSourceARN", err)
		}
		d.stream = stream
	}
	c.Stream = d.stream
	return nil
}

// describeOperation sets operation and cause. Only the time to live removes items as a service.
func describeOperation(c *Change, r *record) error {
	c.Cause = CauseUser
	switch string(r.name) {
	case "INSERT":
		c.Op = model.Insert
	case "MODIFY":
		c.Op = model.Modify
	case "REMOVE":
		c.Op = model.Remove
		if string(r.identity) == "Service" && string(r.principal) == "dynamodb.amazonaws.com" {
			c.Cause = CauseTTL
		}
	default:
		return within("eventName", errOperation)
	}
	return nil
}

// describeSequence sets sequence and version. Of a readable version the sequence is the end.
func (d *decoder) describeSequence(c *Change, r *record) error {
	if !isSequence(r.sequence) {
		c.Sequence = string(r.sequence)
		return within("SequenceNumber", errSequence)
	}
	padding := zeros[len(r.sequence):]
	if c.Stream.Label == "" {
		c.Sequence = string(r.sequence)
		return nil
	}
	start := d.ids.Len()
	d.ids.WriteString(c.Stream.Label)
	d.ids.WriteByte('/')
	d.ids.WriteString(padding)
	d.ids.Write(r.sequence)
	c.Version = d.ids.String()[start:]
	c.Sequence = c.Version[len(c.Version)-len(r.sequence):]
	return nil
}

func describeTime(c *Change, r *record) (err error) {
	if r.at == nil {
		return nil
	}
	if c.At, err = parseMoment(r.at); err != nil {
		return within("ApproximateCreationDateTime", err)
	}
	return nil
}

// id makes a string of a text. The strings of an event share their memory.
func (d *decoder) id(text []byte) string {
	start := d.ids.Len()
	d.ids.Write(text)
	return d.ids.String()[start:]
}
