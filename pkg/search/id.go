package search

import (
	"crypto/sha256"
	"encoding/base64"

	"github.com/outflow-dev/outflow/pkg/change"
)

// maxID is OpenSearch's limit on _id, in bytes (IndexRequest refuses a longer one).
const maxID = 512

// documentID is the _id of the document that the change's item is the root of.
func (s *source) documentID(c *change.Change) string {
	if s.Told {
		return documentID(s.Entity, primaryKey(c, s.key))
	}
	return documentID(s.Entity, s.values(c, s.KeyFields))
}

// rootID is the _id of the document that the change's item is a part of.
func (s *source) rootID(c *change.Change, root string) string {
	return documentID(root, s.values(c, s.Root))
}

// partID names the part within its document.
func (s *source) partID(c *change.Change) string {
	return shorten(s.Field+"/", joinIDs([]byte(s.Field+"/"), s.values(c, s.Part)))
}

func documentID(entity string, values []change.Value) string {
	return shorten(entity+"/", joinIDs([]byte(entity+"/"), values))
}

// shorten keeps an id within the limit: <prefix>~<SHA-256 of the long id, base64url>. A tilde inside a value is
// percent-encoded, so that no short id looks like that.
func shorten(prefix, id string) string {
	if len(id) <= maxID {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return prefix + "~" + base64.RawURLEncoding.EncodeToString(sum[:])
}

// values returns the key fields of those names. An item that the key tells has all of them.
func (s *source) values(c *change.Change, names []string) []change.Value {
	state := c.New
	if state.Entity == nil || state.Entity.Name != s.Entity {
		state = c.Old
	}
	values := make([]change.Value, len(names))
	for i, name := range names {
		values[i], _ = state.Value(state.Entity.Field(name))
	}
	return values
}

func primaryKey(c *change.Change, names []string) []change.Value {
	values := make([]change.Value, 0, 2)
	for _, name := range names {
		if v, ok := c.Keys.Get(name); ok {
			values = append(values, v)
		}
	}
	return values
}

// joinIDs appends the texts of the values, percent-encoded and joined by slashes.
func joinIDs(dst []byte, values []change.Value) string {
	for i, v := range values {
		if i > 0 {
			dst = append(dst, '/')
		}
		dst = appendEncoded(dst, v.Text())
	}
	return string(dst)
}

const upperHex = "0123456789ABCDEF"

// appendEncoded percent-encodes all but letters, digits, hyphen, dot and underscore.
func appendEncoded(dst, text []byte) []byte {
	for _, c := range text {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' {
			dst = append(dst, c)
			continue
		}
		dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
	}
	return dst
}
