package audit

import (
	"slices"
	"time"

	"github.com/outflow-dev/outflow/internal/jcs"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
)

// baselineSeq is the sequence of all baseline lines: a read has no place among the changes.
const baselineSeq = "0"

// Read is an item as a consistent read found it.
type Read struct {
	Item   []byte    // in DynamoDB's JSON
	Stream string    // ARN of the table's stream
	At     time.Time // before the read
}

// AppendBaseline appends the baseline line of an item, in canonical JSON and without a newline. Nobody counts as its
// author: a stamp that the item has is that of some earlier change.
func AppendBaseline(dst []byte, m *model.Model, r Read) ([]byte, error) {
	state, err := change.DecodeItem(m, r.Item)
	if err != nil {
		return dst, err
	}
	key, err := change.DecodeItem(m, state.AppendKey(nil, m.Table))
	if err != nil {
		return dst, err
	}
	keys, hash := key.AppendCanonical(nil), state.Hash()
	at := r.At.UTC().Truncate(time.Millisecond)
	dst = jcs.AppendTimeOrNull(append(dst, `{"at":`...), at)
	dst = jcs.AppendString(append(dst, `,"cause":null,"id":`...), BaselineID(r.Stream, keys, hash, at))
	dst = slices.Concat(dst, []byte(`,"keys":`), keys)
	dst = appendImageAndHash(dst, `,"new":`, `,"newHash":`, state.Image)
	dst = append(dst, `,"old":null,"oldHash":null,"op":"`+OpBaseline+`","seq":"`+baselineSeq+`","stream":`...)
	dst = append(jcs.AppendString(dst, r.Stream), `,"v":1,"view":`...)
	seen := &change.Change{Op: OpBaseline, Keys: key.Image, Old: state, New: state}
	return append(appendView(dst, m, seen), '}'), nil
}
