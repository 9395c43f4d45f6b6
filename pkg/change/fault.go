package change

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrEvent is returned for an event that is not one of a DynamoDB stream: not JSON, or without an array of Records.
// No retry helps: the caller reports that the function is invoked by something else than its event source mapping.
var ErrEvent = errors.New("not a DynamoDB stream event")

// ErrViewType is returned for records of a stream whose view type is not NEW_AND_OLD_IMAGES. No retry helps, nor can
// anything be taken from such records: the caller refuses the whole event until the stream has the right type.
var ErrViewType = errors.New("stream's view type is not NEW_AND_OLD_IMAGES")

// FaultError is why a record did not decode. It holds names of attributes, but no values of theirs.
type FaultError struct {
	Path   string // where in the record, such as NewImage.address.zip; "" for the record itself
	Reason string // such as: N is not a number
}

// Error is path and reason.
func (e *FaultError) Error() string {
	if e.Path == "" {
		return "record " + e.Reason
	}
	return e.Path + ": " + e.Reason
}

// within says that err happened in the member of that name.
func within[T ~string | ~[]byte](name T, err error) error {
	step := pathStep(string(name))
	fault, ok := err.(*FaultError) //nolint:errorlint // one that is wrapped has words around it
	if !ok {
		return &FaultError{Path: step, Reason: err.Error()}
	}
	if fault.Path != "" && fault.Path[0] != '[' {
		step += "."
	}
	return &FaultError{Path: step + fault.Path, Reason: fault.Reason}
}

// withinElement says that err happened in the i-th element of a list or set.
func withinElement(i int, err error) error {
	fault, ok := err.(*FaultError) //nolint:errorlint // one that is wrapped has words around it
	if !ok {
		fault = &FaultError{Reason: err.Error()}
	}
	step := fmt.Sprintf("[%d]", i)
	if fault.Path != "" && fault.Path[0] != '[' {
		step += "."
	}
	return &FaultError{Path: step + fault.Path, Reason: fault.Reason}
}

// maxStep is the length to which a name is cut in a path; an attribute's name can have 64 KB.
const maxStep = 64

// pathStep is a name as a path shows it: quoted where it would not be clear without.
func pathStep(name string) string {
	if len(name) > maxStep {
		name = strings.ToValidUTF8(name[:maxStep], "") + "…"
	}
	quoted := strconv.Quote(name)
	if name == "" || strings.ContainsAny(name, ".[] :") || quoted != `"`+name+`"` {
		return quoted
	}
	return name
}
