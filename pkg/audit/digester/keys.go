package digester

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/outflow-dev/outflow/pkg/audit"
)

// A key's own ARN: an alias may point elsewhere tomorrow, which is a rotation that nobody announced.
var arnPattern = regexp.MustCompile(`^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$`)

// ParseKeys checks the setting OUTFLOW_SIGNING_KEY: ARNs of KMS keys or file:PATH, separated by commas, the key to sign with
// first and those that signed before it behind. The error names all that is wrong.
func ParseKeys(setting string) ([]string, error) {
	if setting == "" {
		return nil, errors.New("is not set")
	}
	names := strings.Split(setting, ",")
	var faults []error
	for i, name := range names {
		path, isFile := strings.CutPrefix(name, "file:")
		if (!isFile || path == "") && !arnPattern.MatchString(name) {
			faults = append(faults, fmt.Errorf("names %q; it must be the ARN of a KMS key (arn:aws:kms:REGION:ACCOUNT:key/ID), or file:PATH", name))
		}
		for _, before := range names[:i] {
			if before == name {
				faults = append(faults, fmt.Errorf("names %q twice", name))
			}
		}
	}
	return names, errors.Join(faults...)
}

// OpenKeys makes the signers of names that ParseKeys returned. Files are opened, and made where there are none; KMS is not
// called.
func OpenKeys(names []string, client KMS) ([]audit.Signer, error) {
	signers := make([]audit.Signer, len(names))
	for i, name := range names {
		path, isFile := strings.CutPrefix(name, "file:")
		if !isFile {
			signers[i] = &kmsSigner{client: client, arn: name}
			continue
		}
		signer, err := audit.OpenKeyFile(path)
		if err != nil {
			return nil, err
		}
		signers[i] = signer
	}
	return signers, nil
}
