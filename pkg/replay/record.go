package replay

import (
	"fmt"

	"github.com/outflow-dev/outflow/internal/jcs"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
)

// operation is the name that stream records have for it; "" for what is none of a change.
func operation(op string) string {
	switch op {
	case model.Insert:
		return "INSERT"
	case model.Modify:
		return "MODIFY"
	case model.Remove:
		return "REMOVE"
	}
	return ""
}

// appendRecord appends the stream record that a line was made of, as Lambda delivers it: equal to it in all that Decode
// reads, with its images in canonical form.
func appendRecord(dst []byte, line *audit.Line) []byte {
	dst = jcs.AppendString(append(dst, `{"eventID":`...), line.ID)
	dst = jcs.AppendString(append(dst, `,"eventName":`...), operation(line.Op))
	dst = jcs.AppendString(append(dst, `,"eventSource":"aws:dynamodb","eventSourceARN":`...), line.Stream)
	if line.Cause == change.CauseTTL {
		dst = append(dst, `,"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"}`...)
	}
	dst = append(append(dst, `,"dynamodb":{"Keys":`...), line.Keys...)
	if line.OldHash != "" {
		dst = append(append(dst, `,"OldImage":`...), line.Old...)
	}
	if line.NewHash != "" {
		dst = append(append(dst, `,"NewImage":`...), line.New...)
	}
	if line.At != nil {
		dst = fmt.Appendf(dst, `,"ApproximateCreationDateTime":%d.%09d`, line.At.Unix(), line.At.Nanosecond())
	}
	dst = jcs.AppendString(append(dst, `,"SequenceNumber":`...), line.Seq)
	return append(dst, `,"StreamViewType":"NEW_AND_OLD_IMAGES"}}`...)
}

// decode makes changes of lines.
func decode(m *model.Model, lines []audit.Line) ([]change.Change, error) {
	event := []byte(`{"Records":[`)
	for i := range lines {
		if i > 0 {
			event = append(event, ',')
		}
		event = appendRecord(event, &lines[i])
	}
	return change.Decode(m, append(event, "]}"...))
}
