package bus

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

// fault is an error as the protocol tells it, of a call or of one entry.
type fault struct {
	Code    string
	Message string
	status  int // 0 means 400
}

// Error names the code and the message.
func (f *fault) Error() string { return f.Code + ": " + f.Message }

func invalid(format string, args ...any) error {
	return &fault{Code: "ValidationException", Message: fmt.Sprintf(format, args...)}
}

// constraint words a fault as the service does for a member of a request: what it holds, where it is in the request,
// and the rule that it breaks.
func constraint(holds, path, rule string) error {
	return invalid("1 validation error detected: Value %s at '%s' failed to satisfy constraint: Member must %s", holds, path, rule)
}

// nameRule is what the service wants of a kind of name.
type nameRule struct {
	form *regexp.Regexp // of the whole name
	most int            // characters
}

func (r nameRule) check(name, path string) error {
	switch {
	case name == "":
		return constraint("null", path, "not be null")
	case len(name) > r.most:
		return constraint("'"+name+"'", path, fmt.Sprintf("have length less than or equal to %d", r.most))
	case !r.form.MatchString(name):
		return constraint("'"+name+"'", path, "satisfy regular expression pattern: "+strings.Trim(r.form.String(), "^$"))
	}
	return nil
}

// checkRange checks a number against its least and its most.
func checkRange(n int, limits [2]int, path string) error {
	switch {
	case n < limits[0]:
		return constraint(fmt.Sprintf("'%d'", n), path, fmt.Sprintf("have value greater than or equal to %d", limits[0]))
	case n > limits[1]:
		return constraint(fmt.Sprintf("'%d'", n), path, fmt.Sprintf("have value less than or equal to %d", limits[1]))
	}
	return nil
}

func notFound(format string, args ...any) error {
	return &fault{Code: "ResourceNotFoundException", Message: fmt.Sprintf(format, args...)}
}

// internal tells of a failure of this machine. The SDKs try such a call again.
func internal(err error) error {
	return &fault{Code: "InternalException", Message: err.Error(), status: http.StatusInternalServerError}
}
