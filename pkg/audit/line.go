package audit

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"unicode/utf8"

	"github.com/outflow-dev/outflow/internal/jcs"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
)

// LineVersion is the version of the line format, member v.
const LineVersion = 1

// AppendLine appends the change's line, in canonical JSON (RFC 8785) and without a newline.
//
// The members that are the line's identity (stream, seq, id, op, at, cause, keys, oldHash, newHash) are functions of
// the stream record alone; view is what the model m says of it, and may differ when a record is delivered again
// after the model has changed. A hash is the lower-case hex SHA-256 of the canonical form of the image beside it;
// image and hash are null where there is none.
//
// A record that did not decode is kept raw: what could be read of it, reason, and the whole record in raw (its text)
// or rawBase64 (where it is not valid UTF-8).
func AppendLine(dst []byte, m *model.Model, c *change.Change) []byte {
	if c.Fault != nil {
		return appendRaw(dst, c)
	}
	dst = jcs.AppendTimeOrNull(append(dst, `{"at":`...), c.At)
	dst = jcs.AppendString(append(dst, `,"cause":`...), c.Cause)
	dst = jcs.AppendString(append(dst, `,"id":`...), c.EventID)
	dst = appendImage(append(dst, `,"keys":`...), c.Keys)
	dst = appendImageAndHash(dst, `,"new":`, `,"newHash":`, c.New.Image)
	dst = appendImageAndHash(dst, `,"old":`, `,"oldHash":`, c.Old.Image)
	dst = jcs.AppendString(append(dst, `,"op":`...), c.Op)
	dst = jcs.AppendString(append(dst, `,"seq":`...), c.Sequence)
	dst = jcs.AppendString(append(dst, `,"stream":`...), c.Stream.ARN)
	dst = append(dst, `,"v":1,"view":`...)
	return append(appendView(dst, m, c), '}')
}

func appendImage(dst []byte, image change.Image) []byte {
	if !image.Exists() {
		return append(dst, "null"...)
	}
	return image.AppendCanonical(dst)
}

// appendImageAndHash appends an image and the hash of what it appended: the image's canonical form is made once.
func appendImageAndHash(dst []byte, image, hash string, im change.Image) []byte {
	dst = append(dst, image...)
	start := len(dst)
	dst = appendImage(dst, im)
	if !im.Exists() {
		return append(append(dst, hash...), "null"...)
	}
	sum := sha256.Sum256(dst[start:])
	dst = append(append(dst, hash...), '"')
	return append(hex.AppendEncode(dst, sum[:]), '"')
}

// appendView appends what the model says of the change: whose item it is, who made it and on what evidence.
func appendView(dst []byte, m *model.Model, c *change.Change) []byte {
	e := c.Evidence(m.Table.Stamps)
	dst = jcs.AppendStringOrNull(append(dst, `{"actor":`...), e.Actor)
	dst = jcs.AppendString(append(dst, `,"actorEvidence":`...), e.How)
	dst = jcs.AppendStringOrNull(append(dst, `,"carriedActor":`...), e.Carried)
	dst = jcs.AppendStrings(append(dst, `,"changed":`...), changed(c))
	dst = jcs.AppendStringOrNull(append(dst, `,"correlation":`...), e.Request)
	dst = append(dst, `,"entity":`...)
	state := c.New
	if !state.Exists() {
		state = c.Old
	}
	if state.Entity == nil {
		dst = append(dst, `null,"key":null`...)
	} else {
		dst = jcs.AppendString(dst, state.Entity.Name)
		dst = appendKey(append(dst, `,"key":`...), m, c, state)
	}
	return append(jcs.AppendString(append(dst, `,"model":`...), m.Version()), '}')
}

// changed names the attributes that differ between the images of an update. For a change with one image that would
// be all of them, and is none.
func changed(c *change.Change) []string {
	if c.Op != model.Modify {
		return nil
	}
	return change.Changed(c.Old.Image, c.New.Image)
}

// appendKey appends the entity's key fields by name, null for one whose value is not as declared, or the primary key
// itself where an attribute tells the entity.
func appendKey(dst []byte, m *model.Model, c *change.Change, state change.State) []byte {
	if state.Entity.ToldByAttribute() {
		return c.AppendPrimaryKey(dst, m.Table)
	}
	dst = append(dst, '{')
	for i, name := range slices.SortedFunc(slices.Values(state.Entity.KeyFields), jcs.Compare[string]) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(jcs.AppendString(dst, name), ':')
		var present, fits bool
		if dst, present, fits = state.AppendField(dst, state.Entity.Field(name), &change.Report{}); !present || !fits {
			dst = append(dst, "null"...)
		}
	}
	return append(dst, '}')
}

func appendRaw(dst []byte, c *change.Change) []byte {
	dst = jcs.AppendTimeOrNull(append(dst, `{"at":`...), c.At)
	dst = append(dst, `,"cause":null`...)
	dst = jcs.AppendStringOrNull(append(dst, `,"id":`...), c.EventID)
	dst = append(dst, `,"keys":null,"new":null,"newHash":null,"old":null,"oldHash":null`...)
	dst = jcs.AppendStringOrNull(append(dst, `,"op":`...), c.Op)
	if utf8.Valid(c.Raw) {
		dst = jcs.AppendString(append(dst, `,"raw":`...), c.Raw)
	} else {
		dst = jcs.AppendString(append(dst, `,"rawBase64":`...), base64.StdEncoding.EncodeToString(c.Raw))
	}
	dst = jcs.AppendString(append(dst, `,"reason":`...), c.Fault.Error())
	dst = jcs.AppendStringOrNull(append(dst, `,"seq":`...), c.Sequence)
	dst = jcs.AppendStringOrNull(append(dst, `,"stream":`...), c.Stream.ARN)
	return append(dst, `,"v":1,"view":null}`...)
}
