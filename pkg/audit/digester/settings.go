package digester

import (
	"errors"
	"fmt"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
)

// Settings is the function's environment, checked: OUTFLOW_MODEL, OUTFLOW_MODEL_HASH, OUTFLOW_STAGE, OUTFLOW_AUDIT_BUCKET,
// OUTFLOW_AUDIT_RETENTION, OUTFLOW_FAILURES_BUCKET, OUTFLOW_LOG_LEVEL and AWS_REGION as a consumer's that hosts audit
// alone, and OUTFLOW_SIGNING_KEY.
type Settings struct {
	consume.Settings
	Log       string // "<name>-<stage>"
	Retention audit.Retention
	Keys      []string // as ParseKeys returns them
}

// Load reads the environment through getenv, and the compiled model, and reports every fault in one error.
func Load(getenv func(string) string) (Settings, error) {
	var s Settings
	var m *model.Model
	var err error
	s.Settings, m, err = consume.Load(func(name string) string {
		if name == "OUTFLOW_OUTLETS" { // what else it holds is a consumer's
			return consume.Audit
		}
		return getenv(name)
	})
	faults := []error{err}
	if s.Keys, err = ParseKeys(getenv("OUTFLOW_SIGNING_KEY")); err != nil {
		faults = append(faults, fmt.Errorf("environment variable OUTFLOW_SIGNING_KEY %w", err))
	}
	if s.AuditRetention != "" {
		if s.Retention, err = audit.ParseRetention(s.AuditRetention); err != nil {
			faults = append(faults, fmt.Errorf("environment variable OUTFLOW_AUDIT_RETENTION: %w", err))
		}
	}
	if m != nil {
		s.Log = s.Deployment(m)
	}
	return s, errors.Join(faults...)
}
