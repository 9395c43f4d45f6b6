package table

import "context"

// Item holds fields by name. A value is what its declared type asks for:
//
//	string, enum   a string, or an encoding.TextMarshaler; an enum one of its values
//	integer        a Go integer, a json.Number or a float without fraction
//	number         a Go number or json.Number of at most 15 significant digits
//	decimal        a string or model.Decimal in plain or exponent notation, a json.Number or a Go integer, no float
//	boolean        a bool
//	timestamp      a time.Time (kept in UTC to the millisecond, so that keys sort by time), a string in RFC 3339, which
//	               is kept as it is, or an integer in epoch seconds
//	binary         a []byte or an array of bytes
//	list, set      a slice or an array; a set has at least one element
//	map            a map with strings as keys
//	fields         an Item or a struct, by its json tags
//
// The time to live is kept in epoch seconds, as DynamoDB asks. The table's TTL attribute may be given for any entity.
// nil stands for an absent field, as do a struct's nil pointers, and what omitempty and omitzero leave out.
type Item map[string]any

// Write is a Put, Update, Delete or Check.
type Write interface {
	plan(ctx context.Context, t *Table) (*plan, error)
}

var (
	_ Write = Put{}
	_ Write = Update{}
	_ Write = Delete{}
	_ Write = Check{}
)

// Put writes an item whole. Where the model stamps a revision, a Put without By.Revision creates: it replaces nothing,
// lest the count begin anew within an item's life.
type Put struct {
	Entity string
	Fields any // an Item, or a struct by its json tags: the key fields, the required ones and any others
	If     Condition
	By     Stamp
}

// Update sets and removes fields of an item that exists. Stamps that By does not give are removed (but the tenant):
// an item must not say that somebody wrote what somebody else did.
type Update struct {
	Entity string
	Key    any      // an Item or a struct with the key fields and no others
	Set    any      // an Item or a struct with other fields; an Item's nil is refused: name the field in Remove
	Remove []string // fields
	If     Condition
	By     Stamp
}

// Delete takes out an item that exists. Nobody is stamped: see the package comment.
type Delete struct {
	Entity   string
	Key      any // as an Update's
	If       Condition
	Revision int64 // the revision read; 0 deletes any
}

// Check changes nothing: the transaction that it is part of is done only if the condition holds.
type Check struct {
	Entity string
	Key    any // as an Update's
	If     Condition
}

// Condition is what must hold of the item for a write to be done. The zero Condition always holds.
type Condition struct {
	Absent bool // there is no item yet
	Exists bool // there is an item
	Equal  Item // these fields have these values; nil stands for an absent field
}

// Stamp says who writes and why. What is given must have an attribute in the model's table.stamps.
type Stamp struct {
	Actor   string
	Request string
	Tenant  string
	// Revision is the one read with the item: the write is done only if it is still that, and counts on from there.
	// With 0 an Update counts on from whatever there is.
	Revision int64
}
