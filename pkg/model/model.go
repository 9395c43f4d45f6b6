package model

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Format is the version of the compiled form; Load refuses any other.
const Format = 1

// Model is the compiled form of one model file: what model.json holds, what the functions, the outlets and
// Terraform read. Build it with Parse (from YAML) or Load (from model.json); a value made otherwise has no Hash
// and matches nothing.
type Model struct {
	Outflow     int                `json:"outflow"` // Format
	Name        string             `json:"name"`
	EventSource string             `json:"eventSource,omitempty"` // EventBridge source of every event
	Hash        string             `json:"hash"`                  // 64 hex digits: SHA-256 of the compiled form with this field empty
	Table       Table              `json:"table"`
	Entities    map[string]*Entity `json:"entities"` // by name
	Indexes     map[string]*Index  `json:"indexes"`  // search definitions by index name

	told   map[string]*Entity // entities told by an attribute, by its value
	keyed  []*Entity          // entities told by key, the more specific before the less
	sorted []*Entity          // all, by name
}

// Version is the short form of the hash that documents, audit lines and logs carry: its first 16 hex digits.
func (m *Model) Version() string { return m.Hash[:min(16, len(m.Hash))] }

// Sorted returns the entities by name.
func (m *Model) Sorted() []*Entity { return m.sorted }

// SortedIndexes returns the search definitions by name.
func (m *Model) SortedIndexes() []*Index {
	indexes := slices.Collect(maps.Values(m.Indexes))
	slices.SortFunc(indexes, func(a, b *Index) int { return cmp.Compare(a.Name, b.Name) })
	return indexes
}

// Table describes the single table that all entities share.
type Table struct {
	Key             []KeyAttribute            `json:"key"`               // partition key, then sort key if there is one
	Indexes         map[string][]KeyAttribute `json:"indexes,omitempty"` // secondary indexes by name
	TTL             string                    `json:"ttl,omitempty"`     // attribute with the time to live, epoch seconds
	Stamps          Stamps                    `json:"stamps"`
	EntityAttribute string                    `json:"entityAttribute,omitempty"` // attribute that tells an item's entity
	Format          string                    `json:"format,omitempty"`          // "" or "electrodb"
}

// KeyAttribute is one attribute of a table or index key. Type is S, N or B; for the table's own key it follows
// from the templates: a lone placeholder of type integer, number or decimal makes N, of type binary B, all else S.
type KeyAttribute struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Stamps names the attributes with which writers say who wrote an item and why; "" where writers do not.
type Stamps struct {
	Actor    string `json:"actor,omitempty"`
	Request  string `json:"request,omitempty"`
	Revision string `json:"revision,omitempty"`
	Tenant   string `json:"tenant,omitempty"`
}

// Entity is one kind of item.
type Entity struct {
	Name      string               `json:"name"`
	Value     string               `json:"value,omitempty"`     // value of Table.EntityAttribute; "" where the key tells
	Key       map[string]*Template `json:"key,omitempty"`       // per key attribute of the table and of its indexes
	KeyFields []string             `json:"keyFields,omitempty"` // fields of the primary key's templates, in order of first appearance
	Fields    []Field              `json:"fields"`              // key fields in the order of KeyFields, then the others by name
	Events    []Event              `json:"events,omitempty"`    // by name, then schema
}

// ToldByAttribute says that an attribute rather than the key tells this entity. Its fields then come from
// attributes only, and its items are identified by their primary key.
func (e *Entity) ToldByAttribute() bool { return e.Value != "" }

// Field returns the field of that name, or nil.
func (e *Entity) Field(name string) *Field { return find(e.Fields, name) }

func find(fields []Field, name string) *Field {
	if i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == name }); i >= 0 {
		return &fields[i]
	}
	return nil
}

// Field is a key field or a declared attribute of an entity, or a member of a fields type.
type Field struct {
	Name     string `json:"name"`
	StoredAs string `json:"storedAs,omitempty"` // the item's attribute, where it is not Name
	Type     Type   `json:"type"`
	PII      bool   `json:"pii,omitempty"`
	Required bool   `json:"required,omitempty"`
	// Key is k+1 where the value is the k-th of the entity's KeyFields and is parsed from the primary key;
	// 0 where it is an attribute. In an entity that an attribute tells it is always 0.
	Key int `json:"key,omitempty"`
	// From is the index key attribute whose template the value is parsed from when the item has no attribute of
	// this name; "" for all but fields that only an index template mentions.
	From string `json:"from,omitempty"`
}

// Attribute is the name of the item's attribute that holds the field.
func (f *Field) Attribute() string {
	if f.StoredAs != "" {
		return f.StoredAs
	}
	return f.Name
}

// Kind names a type of the model's type language.
type Kind string

// The kinds, what an item's attribute must hold for a value to fit, and what the value is in a document or event.
const (
	KindString    Kind = "string"    // S; a JSON string
	KindInteger   Kind = "integer"   // N without a fraction, in the range of int64; a JSON number
	KindNumber    Kind = "number"    // N with at most 15 significant digits; a JSON number
	KindDecimal   Kind = "decimal"   // N with at most 38 significant digits; a JSON string in plain notation
	KindBoolean   Kind = "boolean"   // BOOL; a JSON boolean
	KindTimestamp Kind = "timestamp" // S in RFC 3339, or N in epoch seconds; a JSON string in RFC 3339
	KindBinary    Kind = "binary"    // B; a JSON string in base64
	KindEnum      Kind = "enum"      // S, one of Values (another goes through and is counted); a JSON string
	KindList      Kind = "list"      // L whose elements fit Of; a JSON array
	KindMap       Kind = "map"       // M whose values fit Of; a JSON object
	KindSet       Kind = "set"       // SS, NS or BS whose elements fit Of; a JSON array in canonical order
	KindFields    Kind = "fields"    // M with the members Fields; a JSON object
)

// Type is a declared type. Exactly the members that its Kind names are set.
type Type struct {
	Kind   Kind     `json:"kind"`
	Values []string `json:"values,omitempty"` // of an enum, in the order of the model
	Of     *Type    `json:"of,omitempty"`     // of a list, map or set
	Fields []Field  `json:"fields,omitempty"` // of fields, by name
}

// Member returns the member of a fields type of that name, or nil.
func (t *Type) Member(name string) *Field { return find(t.Fields, name) }

// Operations of a change, as events name them.
const (
	Insert = "insert"
	Modify = "modify"
	Remove = "remove"
)

// Event is one rule: which changes of its entity are announced, and with what data. All conditions that are set
// must hold.
type Event struct {
	Name    string      `json:"name"`              // the detail-type
	Schema  int         `json:"schema"`            // 1 and up
	Change  []string    `json:"change"`            // operations that can fire it: of insert, modify, remove in this order
	Becomes []Condition `json:"becomes,omitempty"` // all hold in the new image, and did not all hold in the old; by field
	Changes []string    `json:"changes,omitempty"` // at least one of these fields differs between the images; sorted
	When    string      `json:"when,omitempty"`    // CEL over old, new, key
	Data    []string    `json:"data"`              // fields in the event's data, "*" resolved; sorted
}

// Condition says that a field has a value.
type Condition struct {
	Field string          `json:"field"`
	Value json.RawMessage `json:"value"` // the JSON that the field's type gives in documents and events
}

// Index is a search definition: everything needed to make the documents of one index from changes. It stands
// alone, since an index keeps the definition that it was built from in its mapping's _meta.
type Index struct {
	Name    string   `json:"name"` // as in the model: without the model's name, stage and number
	Table   Table    `json:"table"`
	Root    Source   `json:"root"`
	Parts   []Source `json:"parts,omitempty"`   // by field, then entity
	Routing []string `json:"routing,omitempty"` // key fields of the root whose values route the document
	Expires string   `json:"expires,omitempty"` // field of the root with the time to live, on which readers filter
}

// Source is one entity as an index takes it in: as the document itself (the root) or as elements of one of its
// lists (a part).
type Source struct {
	Entity    string   `json:"entity"`
	Told      bool     `json:"told,omitempty"`   // an attribute tells the entity: the id is the primary key
	Field     string   `json:"field,omitempty"`  // a part's list in the document; "" for the root
	KeyFields []string `json:"keyFields"`        // of the entity
	Root      []string `json:"root,omitempty"`   // a part's key fields that name its root, in the root's order
	Part      []string `json:"part,omitempty"`   // a part's other key fields, which name it within its root
	Fields    []Field  `json:"fields"`           // of the entity, all of them: rules see them all
	Hidden    []string `json:"hidden,omitempty"` // paths to pii that search does not name: documents do not hold it; sorted
	// What the user interface does with the document, each a list of paths, sorted: a field's name, or a member's
	// inside fields types, joined by dots. What none of them names is kept for display and not searchable.
	Text      []string                   `json:"text,omitempty"`
	Typeahead []string                   `json:"typeahead,omitempty"`
	Filter    []string                   `json:"filter,omitempty"`
	Geo       []string                   `json:"geo,omitempty"`       // objects of lat and lon, or lists of such
	Analyzers map[string]string          `json:"analyzers,omitempty"` // by path in Text; "standard" where there is none
	Mapping   map[string]json.RawMessage `json:"mapping,omitempty"`   // raw OpenSearch mapping by field, as the model gives it
	Where     string                     `json:"where,omitempty"`     // CEL over new, key: only these items are in the index
	Gone      string                     `json:"gone,omitempty"`      // CEL over new, key: these count as deleted
}

// Shown returns the fields that documents hold, their types without what is hidden.
func (s *Source) Shown() []Field { return shown("", s.Fields, s.Hidden) }

func shown(prefix string, fields []Field, hidden []string) []Field {
	var all []Field
	for _, f := range fields {
		if path := prefix + f.Name; !slices.Contains(hidden, path) {
			f.Type = *f.Type.shown(path+".", hidden)
			all = append(all, f)
		}
	}
	return all
}

func (t *Type) shown(prefix string, hidden []string) *Type {
	if !slices.ContainsFunc(hidden, func(path string) bool { return strings.HasPrefix(path, prefix) }) {
		return t
	}
	pruned := *t
	pruned.Fields = shown(prefix, t.Fields, hidden)
	if t.Of != nil {
		pruned.Of = t.Of.shown(prefix, hidden)
	}
	return &pruned
}

// KeyValue is one attribute of a primary key as an item holds it: Type is S, N or B, Text the string, the number
// in normal form, or the base64 text.
type KeyValue struct {
	Type byte
	Text []byte
}

// Match finds the entity of an item: first by the value of the table's entity attribute ("" if the item has
// none), then by its primary key, given in the order of Table.Key. It appends the texts of the entity's
// KeyFields to dst where the key tells the entity (slices of key, nothing is copied) and returns a nil entity
// where none matches.
func (m *Model) Match(dst [][]byte, key []KeyValue, entityValue string) (*Entity, [][]byte) {
	if e := m.told[entityValue]; e != nil && entityValue != "" {
		return e, dst
	}
	for _, e := range m.keyed {
		if bound, ok := m.bind(dst, e, key); ok {
			return e, bound
		}
	}
	return nil, dst
}

// Record gives a rule the fields of one image. Field returns nil where the item has no such attribute or a null
// one, and an error that names the field, and holds no item data, where the value does not fit the declared type.
// Values are string, int64, float64, bool, time.Time, Decimal, []byte, []any and map[string]any.
type Record interface {
	Exists() bool
	Field(f *Field) (any, error)
}

// Decimal is a number of up to 38 digits in normal form: plain notation without exponent, plus sign, leading or
// trailing zeros, and without a negative zero.
type Decimal string
