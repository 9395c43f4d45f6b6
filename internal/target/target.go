// Package target reads and writes target files: what a command needs to know to reach one deployment, of the shape of
// Terraform's output `target`. The local mode writes the same file, with endpoints and credentials of its own.
package target

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/outflow-dev/outflow/internal/wholefile"
)

// Target is one deployment. The members from DynamoDB on have endpoints and credentials only locally, where they are
// not secrets; OpenSearch always has its URL.
type Target struct {
	Stage           string `json:"stage"`
	Region          string `json:"region"`
	DynamoDB        string `json:"dynamodb,omitempty"` // URL
	Table           string `json:"table"`
	StreamARN       string `json:"streamArn"`
	OpenSearch      string `json:"opensearch,omitempty"` // URL
	IndexPrefix     string `json:"indexPrefix"`          // "<name>-<stage>-"
	S3              string `json:"s3,omitempty"`         // URL
	AuditBucket     string `json:"auditBucket,omitempty"`
	FailuresBucket  string `json:"failuresBucket,omitempty"`
	Events          string `json:"events,omitempty"` // URL
	Bus             string `json:"bus,omitempty"`
	Console         string `json:"console,omitempty"` // URL
	AccessKeyID     string `json:"accessKeyId,omitempty"`
	SecretAccessKey string `json:"secretAccessKey,omitempty"`
}

// Load reads a target file and names everything that it lacks.
func Load(path string) (Target, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return Target{}, fmt.Errorf("read target: %w (outflow dev writes .outflow/dev.json; terraform output -json target "+
			"gives that of a deployment)", err)
	}
	var t Target
	decoder := json.NewDecoder(bytes.NewReader(content))
	if err := decoder.Decode(&t); err != nil {
		return Target{}, fmt.Errorf("read target %s: not a target file: %w", path, err)
	}
	if err := t.check(); err != nil {
		return Target{}, fmt.Errorf("read target %s: %w", path, err)
	}
	return t, nil
}

func (t *Target) check() error {
	var faults []error
	for _, member := range []struct{ name, value string }{
		{"stage", t.Stage}, {"region", t.Region}, {"table", t.Table}, {"indexPrefix", t.IndexPrefix},
	} {
		if member.value == "" {
			faults = append(faults, fmt.Errorf("%s is missing", member.name))
		}
	}
	return errors.Join(faults...)
}

// Save writes the target file, whole or not at all.
func (t *Target) Save(path string) error {
	content, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return fmt.Errorf("write target: %w", err)
	}
	if err := wholefile.Replace(path, append(content, '\n'), 0o600); err != nil {
		return fmt.Errorf("write target: %w", err)
	}
	return nil
}
