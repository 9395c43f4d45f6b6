package change

import (
	"errors"
	"fmt"
	"strings"
)

// maxSequence is the longest sequence number (Amazon DynamoDB API Reference, StreamRecord: 21 to 40 characters).
// DynamoDB Local and sample events have shorter ones.
const maxSequence = 40

const zeros = "0000000000000000000000000000000000000000"

var errSequence = errors.New("is not a sequence number of 1 to 40 digits")

// Version is the version of the change with that sequence number in the stream of that label: the label, a slash, and
// the sequence number padded with zeros to 40 digits. As strings, versions of one stream order as its changes do;
// versions of the streams that a table had one after the other order as these do.
func Version(label, sequence string) (string, error) {
	switch {
	case label == "" || strings.Contains(label, "/"):
		return "", fmt.Errorf("make version: %q is not a stream label", label)
	case !isSequence(sequence):
		return "", fmt.Errorf("make version: %q %w", sequence, errSequence)
	}
	return label + "/" + zeros[len(sequence):] + sequence, nil
}

// SplitVersion takes a version apart. The sequence has its 40 digits.
func SplitVersion(version string) (label, sequence string, err error) {
	label, sequence, found := strings.Cut(version, "/")
	if !found || label == "" || len(sequence) != maxSequence || !isSequence(sequence) {
		return "", "", fmt.Errorf("split version: %q is not <stream label>/<40 digits>", version)
	}
	return label, sequence, nil
}

func isSequence[T ~string | ~[]byte](text T) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return len(text) > 0 && len(text) <= maxSequence
}
