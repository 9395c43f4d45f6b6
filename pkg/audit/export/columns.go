package export

import (
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/outflow-dev/outflow/pkg/model"
)

// The columns that every export has, beside those of the entity's fields.
const (
	columnAt       = "at"       // when the change was made; null if unreadable
	columnOp       = "op"       // insert, modify, remove, baseline
	columnCause    = "cause"    // user, ttl; null in a baseline
	columnStream   = "stream"   // ARN
	columnSeq      = "seq"      // as the line has it
	columnVersion  = "version"  // sorts the changes of an item
	columnID       = "id"       // of the record
	columnActor    = "actor"    // who wrote, on evidence
	columnEvidence = "evidence" // request, revision, actor, carried, none
	columnDropped  = "dropped"  // names of fields whose value its type cannot hold, with commas between; null if there is none
)

var always = []string{columnAt, columnOp, columnCause, columnStream, columnSeq, columnVersion, columnID,
	columnActor, columnEvidence, columnDropped}

// maxDigits is the most digits of a Parquet decimal of 16 bytes, and of a DynamoDB number.
const maxDigits = 38

// column is where a field goes.
type column struct {
	field *model.Field
	name  string
	scale int // of a decimal; -1 where it is text
}

// columnsOf names the columns of an entity's fields. Readers of Parquet take names regardless of case, so that a name
// that is taken gets underscores behind it.
func columnsOf(e *model.Entity) []column {
	taken := map[string]bool{}
	for _, name := range always {
		taken[name] = true
	}
	all := make([]column, len(e.Fields))
	for i := range e.Fields {
		name := e.Fields[i].Name
		for taken[strings.ToLower(name)] {
			name += "_"
		}
		taken[strings.ToLower(name)] = true
		all[i] = column{field: &e.Fields[i], name: name, scale: -1}
	}
	return all
}

// schema is that of a file with these columns, all of them optional.
func schema(entity string, columns []column) *parquet.Schema {
	group := parquet.Group{}
	for _, name := range always {
		group[name] = parquet.Optional(parquet.String())
	}
	group[columnAt] = parquet.Optional(parquet.Timestamp(parquet.Microsecond))
	for i := range columns {
		group[columns[i].name] = parquet.Optional(columns[i].node())
	}
	return parquet.NewSchema(entity, group)
}

// node is the Parquet type of a field. What has an inside is text: its JSON, as documents and events have it.
func (c *column) node() parquet.Node {
	switch c.field.Type.Kind {
	case model.KindInteger:
		return parquet.Int(64)
	case model.KindNumber:
		return parquet.Leaf(parquet.DoubleType)
	case model.KindBoolean:
		return parquet.Leaf(parquet.BooleanType)
	case model.KindTimestamp:
		return parquet.Timestamp(parquet.Microsecond)
	case model.KindBinary:
		return parquet.Leaf(parquet.ByteArrayType)
	case model.KindDecimal:
		if c.scale >= 0 {
			return parquet.Decimal(c.scale, maxDigits, parquet.FixedLenByteArrayType(decimalBytes))
		}
	case model.KindString, model.KindEnum, model.KindList, model.KindMap, model.KindSet, model.KindFields:
	}
	return parquet.String()
}
