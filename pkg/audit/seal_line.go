package audit

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/internal/jcs"
	"github.com/outflow-dev/outflow/pkg/model"
)

// OpBaseline is the operation of a line that holds the state of an item as a read found it.
const OpBaseline = "baseline"

// CheckForm checks what reading a segment leaves open: that the line is canonical, byte for byte, with exactly the
// members of its version, and that its images go with its operation.
func (l *Line) CheckForm() error {
	if !bytes.Equal(l.appendForm(nil), l.Text) {
		return errors.New("its members are not exactly those of version 1, in canonical form")
	}
	if err := jcs.Check(l.Text); err != nil {
		return err
	}
	if l.IsRaw() {
		return nil
	}
	hasOld, hasNew := l.OldHash != "", l.NewHash != ""
	want := map[string][2]bool{model.Insert: {false, true}, model.Modify: {true, true}, model.Remove: {true, false}, OpBaseline: {false, true}}
	if images, known := want[l.Op]; !known || images != [2]bool{hasOld, hasNew} {
		return fmt.Errorf("its images are not those of the operation %q", l.Op)
	}
	return nil
}

// appendForm writes the members again, of which those that are images or the view go as they stand.
func (l *Line) appendForm(dst []byte) []byte {
	var at time.Time
	if l.At != nil {
		at = *l.At
	}
	dst = jcs.AppendTimeOrNull(append(dst, `{"at":`...), at)
	dst = jcs.AppendStringOrNull(append(dst, `,"cause":`...), l.Cause)
	dst = jcs.AppendStringOrNull(append(dst, `,"id":`...), l.ID)
	dst = appendRawMember(append(dst, `,"keys":`...), l.Keys)
	dst = appendRawMember(append(dst, `,"new":`...), l.New)
	dst = jcs.AppendStringOrNull(append(dst, `,"newHash":`...), l.NewHash)
	dst = appendRawMember(append(dst, `,"old":`...), l.Old)
	dst = jcs.AppendStringOrNull(append(dst, `,"oldHash":`...), l.OldHash)
	dst = jcs.AppendStringOrNull(append(dst, `,"op":`...), l.Op)
	if l.RawRecord != nil {
		dst = jcs.AppendString(append(dst, `,"raw":`...), *l.RawRecord)
	}
	if l.RawRecordBase64 != nil {
		dst = jcs.AppendString(append(dst, `,"rawBase64":`...), *l.RawRecordBase64)
	}
	if l.IsRaw() {
		dst = jcs.AppendString(append(dst, `,"reason":`...), l.Reason)
	}
	dst = jcs.AppendStringOrNull(append(dst, `,"seq":`...), l.Seq)
	dst = jcs.AppendStringOrNull(append(dst, `,"stream":`...), l.Stream)
	dst = appendRawMember(append(dst, `,"v":1,"view":`...), l.View)
	return append(dst, '}')
}

func appendRawMember(dst, value []byte) []byte {
	if len(value) == 0 {
		return append(dst, "null"...)
	}
	return append(dst, value...)
}

// BaselineID is the id of a baseline line: the item's keys in canonical form, the hash of its state, and the time of the
// read, for the table whose stream has that ARN.
func BaselineID(stream string, keys []byte, newHash string, at time.Time) string {
	parts := []string{stream, string(keys), newHash, at.UTC().Format(time.RFC3339Nano)}
	return "baseline-" + hashOf([]byte(strings.Join(parts, "\n")))[:32]
}
