package export

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
)

// Source is what is exported.
type Source struct {
	Model  *model.Model
	Entity string
	// Lines yields the lines, each record once (audit.Log's Show). It is called twice: decimals of one field share a
	// scale, which the first reading finds. An error ends the export: a copy that lacks lines is none.
	Lines func() iter.Seq2[audit.Line, error]
}

// Report says what was written.
type Report struct {
	Rows    int            `json:"rows"`
	Dropped int            `json:"dropped"` // rows with a value that its type cannot hold
	Raw     int            `json:"raw"`     // records that did not decode, of whatever entity: they are in no export
	Columns []ColumnReport `json:"columns"`
}

// ColumnReport is a column of the file.
type ColumnReport struct {
	Name string `json:"name"`
	Type string `json:"type"` // as Parquet has it
}

// Write writes the entity's rows as one Parquet file, in the order of the lines.
func Write(out io.Writer, s Source) (Report, error) {
	entity := s.Model.Entities[s.Entity]
	if entity == nil {
		return Report{}, fmt.Errorf("the model has no entity %s", s.Entity)
	}
	columns := columnsOf(entity)
	if err := s.measure(columns); err != nil {
		return Report{}, err
	}
	layout := schema(s.Entity, columns)
	w := &writer{source: s, columns: columns, places: map[string]int{}}
	for i, path := range layout.Columns() {
		w.places[path[0]] = i
	}
	w.out = parquet.NewGenericWriter[any](out, layout, parquet.Compression(&parquet.Zstd))
	if err := w.rows(); err != nil {
		return w.report, err
	}
	for _, field := range layout.Fields() {
		w.report.Columns = append(w.report.Columns, ColumnReport{field.Name(), field.Type().String()})
	}
	return w.report, w.out.Close()
}

// measure finds the scales of decimals.
func (s *Source) measure(columns []column) error {
	extents := map[*column]*extent{}
	for i := range columns {
		if columns[i].field.Type.Kind == model.KindDecimal {
			extents[&columns[i]] = &extent{}
		}
	}
	if len(extents) == 0 {
		return nil
	}
	for line, err := range s.Lines() {
		if err != nil {
			return err
		}
		for _, image := range [][]byte{line.Old, line.New} {
			state, is := s.state(image)
			for c, e := range extents {
				if !is {
					break
				}
				if held, fits := fitting(state, c.field); fits && held != nil {
					e.add(string(held.(model.Decimal))) //nolint:forcetypeassert // what the kind gives
				}
			}
		}
	}
	for c, e := range extents {
		c.scale = e.scale()
	}
	return nil
}

// state reads an image, and says whether it is of the entity.
func (s *Source) state(image []byte) (change.State, bool) {
	if len(image) == 0 || string(image) == "null" {
		return change.State{}, false
	}
	state, err := change.DecodeItem(s.Model, image)
	return state, err == nil && state.Entity != nil && state.Entity.Name == s.Entity
}

// writer writes one file.
type writer struct {
	source  Source
	columns []column
	places  map[string]int // of columns, by name
	out     *parquet.GenericWriter[any]
	report  Report
}

func (w *writer) rows() error {
	for line, err := range w.source.Lines() {
		if err != nil {
			return err
		}
		if line.IsRaw() {
			w.report.Raw++
			continue
		}
		image, left := line.New, true
		if line.NewHash == "" {
			image, left = line.Old, false
		}
		state, is := w.source.state(image)
		if !is {
			continue
		}
		row, err := w.row(&line, state, left)
		if err != nil {
			return fmt.Errorf("record %s in segment %s: %w", line.ID, line.Segment(), err)
		}
		if _, err := w.out.WriteRows([]parquet.Row{row}); err != nil {
			return fmt.Errorf("write row: %w", err)
		}
		w.report.Rows++
	}
	return nil
}

// row is a line's row; of a state that the change did not leave, only the key fields.
func (w *writer) row(l *audit.Line, state change.State, left bool) (parquet.Row, error) {
	view, err := l.ReadView()
	if err != nil {
		return nil, err
	}
	row := make(parquet.Row, len(w.places))
	for i := range row {
		row[i] = parquet.NullValue().Level(0, 0, i)
	}
	var dropped []string
	var faults []error
	for i := range w.columns {
		c := &w.columns[i]
		if !left && c.field.Key == 0 && !isKey(state.Entity, c.field.Name) {
			continue
		}
		v, ok, err := c.value(state)
		faults = append(faults, err)
		if !ok {
			dropped = append(dropped, c.field.Name)
		}
		w.set(row, c.name, v)
	}
	if len(dropped) > 0 {
		w.report.Dropped++
	}
	for name, text := range map[string]string{columnOp: l.Op, columnCause: l.Cause, columnStream: l.Stream, columnSeq: l.Seq,
		columnVersion: l.Version(), columnID: l.ID, columnEvidence: view.ActorEvidence, columnDropped: strings.Join(dropped, ",")} {
		w.text(row, name, text)
	}
	if view.Actor != nil {
		w.text(row, columnActor, *view.Actor)
	}
	if l.At != nil {
		w.set(row, columnAt, parquet.Int64Value(l.At.UnixMicro()))
	}
	return row, errors.Join(faults...)
}

func isKey(e *model.Entity, name string) bool {
	for _, key := range e.KeyFields {
		if key == name {
			return true
		}
	}
	return false
}

// text sets a column to a text, "" for none.
func (w *writer) text(row parquet.Row, name, text string) {
	if text != "" {
		w.set(row, name, parquet.ByteArrayValue([]byte(text)))
	}
}

func (w *writer) set(row parquet.Row, name string, v parquet.Value) {
	if i := w.places[name]; !v.IsNull() {
		row[i] = v.Level(0, 1, i)
	}
}
