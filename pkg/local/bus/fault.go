package bus

import (
	"fmt"
	"net/http"
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

func notFound(format string, args ...any) error {
	return &fault{Code: "ResourceNotFoundException", Message: fmt.Sprintf(format, args...)}
}

// internal tells of a failure of this machine. The SDKs try such a call again.
func internal(err error) error {
	return &fault{Code: "InternalException", Message: err.Error(), status: http.StatusInternalServerError}
}
