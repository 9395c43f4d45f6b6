package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/audit/digester"
	"github.com/outflow-dev/outflow/pkg/audit/verify"
	"github.com/outflow-dev/outflow/pkg/local"
)

type auditVerifyCommand struct {
	Dir      string        `placeholder:"DIR" help:"A copy of the bucket, checked offline: aws s3 sync s3://BUCKET/audit/v1 DIR/audit/v1"`
	Log      string        `placeholder:"NAME" help:"Which log, <model's name>-<stage>, if DIR holds several."`
	Key      []string      `sep:"none" placeholder:"KEY" help:"The first digest's public key: a PEM file or a KMS ARN. Else outflow dev's."`
	Anchor   []string      `sep:"none" placeholder:"LINE" help:"An anchor that was kept elsewhere (outflow-anchor-1 ...)."`
	Fresh    time.Duration `default:"30m" help:"How old the last digest may be. Default: ${default}."`
	From     moment        `placeholder:"TIME" help:"Read only segments of hours from this time on. All digests are checked."`
	To       moment        `placeholder:"TIME" help:"Read only segments of hours before this time."`
	Table    bool          `help:"Compare the last line of each item with the table, by a consistent scan of all of it."`
	HashOnly bool          `help:"Compare segments with their digests as they are stored, and read no line."`
	targetFlags

	anchors []audit.Anchor
}

// Validate checks what needs no file.
func (c *auditVerifyCommand) Validate() error {
	var faults []error
	for _, line := range c.Anchor {
		a, err := audit.ParseAnchor(line)
		faults = append(faults, err)
		c.anchors = append(c.anchors, a)
	}
	if !c.To.IsZero() && !c.From.Before(c.To.Time) {
		faults = append(faults, errors.New("--from is not before --to, so there is no time between them"))
	}
	if c.Dir != "" && len(c.Key) == 0 {
		faults = append(faults, errors.New("a copy is checked against a key that you bring: name its file with --key"))
	}
	if c.Log != "" && c.Dir == "" {
		faults = append(faults, errors.New("--log goes with --dir: a target names its log"))
	}
	if c.Table && (c.HashOnly || !c.From.IsZero() || !c.To.IsZero()) {
		faults = append(faults, errors.New("--table needs all lines: it goes neither with --hash-only nor with --from and --to"))
	}
	return errors.Join(faults...)
}

// Run verifies, and prints what was found.
func (c *auditVerifyCommand) Run(ctx context.Context, out io.Writer) error {
	config, err := c.config(ctx)
	if err != nil {
		return err
	}
	report, failed := verify.Verify(ctx, *config)
	if err := c.print(out, report); err != nil {
		return err
	}
	switch {
	case report.Status == verify.Wrong:
		return errWrong
	case failed != nil:
		return hinted(failed)
	case report.Status == verify.Blind:
		return fmt.Errorf("verify log %s: %d objects could not be read", report.Log, len(report.Unread))
	case report.Status == verify.Unproven:
		return unproven("nothing is wrong, and not everything is proven")
	}
	return nil
}

func (c *auditVerifyCommand) config(ctx context.Context) (*verify.Config, error) {
	v := &verify.Config{Anchors: c.anchors, Now: time.Now(), Fresh: c.Fresh, From: c.From.Time, To: c.To.Time, HashOnly: c.HashOnly}
	if c.Dir != "" {
		name, err := c.copied()
		if err != nil {
			return nil, err
		}
		v.Log, v.Source = name, verify.Folder(c.Dir)
	}
	if c.Dir == "" || c.Table {
		d, err := c.open()
		if err != nil {
			return nil, err
		}
		if c.Table {
			v.Table = tableScan{d}
		}
		if c.Dir == "" {
			log, err := d.log()
			if err != nil {
				return nil, err
			}
			client, err := d.objects()
			if err != nil {
				return nil, err
			}
			v.Log, v.Source = log.Name, verify.Bucket{Client: client, Name: log.Bucket}
		}
	}
	var err error
	v.Keys, err = c.keys(ctx)
	return v, err
}

// copied is the name of the log that the folder holds.
func (c *auditVerifyCommand) copied() (string, error) {
	logs, err := verify.Folder(c.Dir).Logs()
	if err != nil {
		return "", fmt.Errorf("%w\n--dir is a copy of the bucket, keys as paths: aws s3 sync s3://BUCKET/audit/v1 %s/audit/v1", err, c.Dir)
	}
	if c.Log != "" {
		return c.Log, nil
	}
	if len(logs) != 1 {
		return "", fmt.Errorf("%s holds the logs %v: say with --log which one", filepath.Join(c.Dir, "audit", "v1"), logs)
	}
	return logs[0], nil
}

// keys are those that the reader trusts.
func (c *auditVerifyCommand) keys(ctx context.Context) ([]audit.PublicKey, error) {
	names := c.Key
	if len(names) == 0 {
		if c.running.target.AccessKeyID == "" {
			return nil, errors.New("say with --key what the log is signed by: this is no pipeline of outflow dev, which has a key of its own")
		}
		names = []string{filepath.Join(c.running.dir, local.SigningKeyFile)}
	}
	keys := make([]audit.PublicKey, 0, len(names))
	for _, name := range names {
		key, err := c.key(ctx, name)
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func (c *auditVerifyCommand) key(ctx context.Context, name string) (key audit.PublicKey, err error) {
	if strings.HasPrefix(name, "arn:") {
		d, err := c.open()
		if err != nil {
			return key, err
		}
		signers, err := digester.OpenKeys([]string{name}, kms.NewFromConfig(d.aws))
		if err != nil {
			return key, err
		}
		return signers[0].PublicKey(ctx)
	}
	text, err := readFile(name, 1<<20)
	if err != nil {
		return key, fmt.Errorf("read key: %w", err)
	}
	if key, err = audit.ReadPublicKey(text); err == nil {
		return key, nil
	}
	if signer, private := audit.ParsePrivateKey(text); private == nil { // outflow dev's own
		return signer.PublicKey(ctx)
	}
	return key, fmt.Errorf("read key %s: %w", name, err)
}

// isTerminal says whether colours can be seen there.
func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
