package audit

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Anchor is what a digest is remembered by where those who can write the log cannot write: docs/audit-format.md,
// section 8.
type Anchor struct {
	Log      string    `json:"log"`
	Number   int64     `json:"number"`
	At       time.Time `json:"at"`
	SHA256   string    `json:"sha256"` // of the digest's stored bytes
	SignedBy string    `json:"signedBy"`
}

const anchorWord = "outflow-anchor-1"

// AnchorOf makes the anchor of a digest's stored bytes.
func AnchorOf(d *Digest, body []byte) Anchor {
	return Anchor{Log: d.Log, Number: d.Number, At: d.At, SHA256: hashOf(body), SignedBy: d.SignedBy}
}

// String is the anchor's line.
func (a Anchor) String() string {
	return fmt.Sprintf("%s %s %d %s %s %s", anchorWord, a.Log, a.Number, a.At.UTC().Format(time.RFC3339Nano), a.SHA256, a.SignedBy)
}

var hashPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)

// ParseAnchor reads an anchor's line. White space around it does not matter.
func ParseAnchor(line string) (Anchor, error) {
	parts := strings.Fields(line)
	if len(parts) != 6 || parts[0] != anchorWord {
		return Anchor{}, fmt.Errorf("read anchor: a line has six words, the first %s; outflow audit seal prints it", anchorWord)
	}
	a := Anchor{Log: parts[1], SHA256: parts[4], SignedBy: parts[5]}
	var faults []error
	var err error
	if a.Number, err = strconv.ParseInt(parts[2], 10, 64); err != nil || a.Number < 1 {
		faults = append(faults, fmt.Errorf("its number %q is none from 1 on", parts[2]))
	}
	if a.At, err = time.Parse(time.RFC3339Nano, parts[3]); err != nil {
		faults = append(faults, fmt.Errorf("its time %q is not in RFC 3339", parts[3]))
	}
	for _, hash := range parts[4:] {
		if !hashPattern.MatchString(hash) {
			faults = append(faults, fmt.Errorf("%q is no hash of 64 hexadecimal digits", hash))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return Anchor{}, fmt.Errorf("read anchor: %w", err)
	}
	return a, nil
}
