package bus

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/outflow-dev/outflow/internal/jcs"
)

// maxDetailType is EventBridge's limit on a detail-type, in characters.
const maxDetailType = 128

// maxDepth is how deep EventBridge lets a detail be nested.
const maxDepth = 1100

// entry is one event as PutEvents takes it.
type entry struct {
	EventBusName string
	Source       string
	DetailType   string
	Detail       string
	Resources    []string
	Time         *epoch
	TraceHeader  string // of X-Ray; nothing here traces
}

// epoch is a time as the protocol writes it: a number of seconds.
type epoch struct{ time.Time }

// UnmarshalJSON takes seconds with or without a fraction, which is kept to the millisecond.
func (e *epoch) UnmarshalJSON(raw []byte) error {
	seconds, err := strconv.ParseFloat(string(raw), 64)
	if err != nil {
		return fmt.Errorf("the time %s is not a number of seconds", raw)
	}
	e.Time = time.UnixMilli(int64(seconds * 1000))
	return nil
}

// size is what the entry counts towards the limits ("Calculating Amazon EventBridge event sizes").
func (e *entry) size() int {
	n := len(e.Source) + len(e.DetailType) + len(e.Detail)
	if e.Time != nil {
		n += 14
	}
	for _, resource := range e.Resources {
		n += len(resource)
	}
	return n
}

// check is EventBridge's refusal of the entry, or nil.
func (e *entry) check(maxBytes int) *fault {
	required := []struct{ name, value string }{
		{"Source", e.Source}, {"DetailType", e.DetailType}, {"Detail", e.Detail},
	}
	for _, field := range required {
		if field.value == "" {
			return invalidArgument("Parameter %s is not valid. Reason: %[1]s is a required argument.", field.name)
		}
	}
	switch {
	case strings.HasPrefix(e.Source, "aws."):
		return &fault{Code: "NotAuthorizedForSourceException", Message: "Not authorized for the source."}
	case utf8.RuneCountInString(e.DetailType) > maxDetailType:
		return invalidArgument("Parameter DetailType is not valid. Reason: it has more than %d characters.", maxDetailType)
	case e.size() > maxBytes:
		return invalidArgument("Entry is not valid. Reason: its size of %d bytes is over the limit of %d.", e.size(), maxBytes)
	}
	return nil
}

func invalidArgument(format string, args ...any) *fault {
	return &fault{Code: "InvalidArgument", Message: fmt.Sprintf(format, args...)}
}

// stamp is what the bus adds to an entry to make it an event.
type stamp struct {
	id, account, region string
	now                 time.Time
}

// event is the entry as subscribers get it, on one line without its newline, or the refusal of its detail.
func (e *entry) event(s stamp) ([]byte, *fault) {
	at := s.now
	if e.Time != nil {
		at = e.Time.Time
	}
	out := append(make([]byte, 0, len(e.Detail)+512), `{"version":"0"`...)
	fields := []struct{ name, value string }{
		{"id", s.id}, {"detail-type", e.DetailType}, {"source", e.Source}, {"account", s.account},
		{"time", at.UTC().Format("2006-01-02T15:04:05Z")}, {"region", s.region},
	}
	for _, field := range fields {
		out = jcs.AppendString(append(append(append(out, `,"`...), field.name...), `":`...), field.value)
	}
	out = append(out, `,"resources":[`...)
	for n, resource := range e.Resources {
		if n > 0 {
			out = append(out, ',')
		}
		out = jcs.AppendString(out, resource)
	}
	return e.appendDetail(append(out, `],"detail":`...))
}

func (e *entry) appendDetail(out []byte) ([]byte, *fault) {
	before := len(out)
	buf := bytes.NewBuffer(out)
	if err := json.Compact(buf, []byte(e.Detail)); err != nil || buf.Bytes()[before] != '{' {
		return nil, &fault{Code: "MalformedDetail", Message: "Detail is malformed."}
	}
	if levels := depth(buf.Bytes()[before:]); levels > maxDepth {
		message := fmt.Sprintf("Detail is malformed: it is nested %d levels deep, of at most %d.", levels, maxDepth)
		return nil, &fault{Code: "MalformedDetail", Message: message}
	}
	return append(buf.Bytes(), '}'), nil
}

// depth is how deep valid JSON is nested.
func depth(text []byte) int {
	deepest, level := 0, 0
	inString := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			inString = !inString
		case inString && c == '\\':
			i++
		case !inString && (c == '{' || c == '['):
			level++
			deepest = max(deepest, level)
		case !inString && (c == '}' || c == ']'):
			level--
		}
	}
	return deepest
}
