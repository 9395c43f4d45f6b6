package audit

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Retention is how long S3 refuses to delete a segment, and to whom. The zero Retention is none.
type Retention struct {
	Mode types.ObjectLockRetentionMode // "" for none
	Days int
}

// maxDays is the longest retention (100 years; Amazon S3 API Reference, DefaultRetention).
const maxDays = 36500

// ParseRetention reads the setting OUTFLOW_AUDIT_RETENTION: none, governance:DAYS or compliance:DAYS. The error names
// all that is wrong.
func ParseRetention(text string) (Retention, error) {
	if text == "none" {
		return Retention{}, nil
	}
	mode, number, found := strings.Cut(text, ":")
	var faults []error
	var r Retention
	switch mode {
	case "governance":
		r.Mode = types.ObjectLockRetentionModeGovernance
	case "compliance":
		r.Mode = types.ObjectLockRetentionModeCompliance
	default:
		faults = append(faults, fmt.Errorf("its mode %q is not none, governance or compliance", mode))
	}
	days, err := strconv.Atoi(number)
	switch {
	case !found:
		faults = append(faults, errors.New("it has no days, as governance:1 has"))
	case err != nil || days < 1 || days > maxDays:
		faults = append(faults, fmt.Errorf("its days %q are not a number from 1 to %d", number, maxDays))
	}
	if err := errors.Join(faults...); err != nil {
		return Retention{}, fmt.Errorf("retention %q: %w", text, err)
	}
	r.Days = days
	return r, nil
}

// until is the time up to which an object that is written now is kept; nil for none.
func (r Retention) until(now time.Time) *time.Time {
	if r.Mode == "" {
		return nil
	}
	until := now.UTC().AddDate(0, 0, r.Days)
	return &until
}
