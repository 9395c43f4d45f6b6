package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/audit/digester"
	"github.com/outflow-dev/outflow/pkg/local"
)

// auditSealCommand does at once what the digester does on its schedule; both may run at one time.
type auditSealCommand struct {
	Key       []string `sep:"," placeholder:"KEY" help:"Key file (made if missing) or KMS key ARN; the first signs. Locally: outflow dev's."`
	Retention string   `default:"governance:1" help:"How digests are locked: none, governance:DAYS or compliance:DAYS. Default: ${default}."`
	targetFlags

	retention audit.Retention
	keys      []string
}

// Validate checks what needs no file.
func (c *auditSealCommand) Validate() (err error) {
	if c.retention, err = audit.ParseRetention(c.Retention); err != nil {
		return err
	}
	names := make([]string, len(c.Key))
	for i, key := range c.Key {
		names[i] = key
		if !strings.HasPrefix(key, "arn:") && !strings.HasPrefix(key, "file:") {
			names[i] = "file:" + key
		}
	}
	if len(names) > 0 {
		if c.keys, err = digester.ParseKeys(strings.Join(names, ",")); err != nil {
			return fmt.Errorf("--key %w", err)
		}
	}
	return nil
}

// Run seals, and prints the anchors of what it made.
func (c *auditSealCommand) Run(ctx context.Context, out io.Writer) error {
	d, err := c.open()
	if err != nil {
		return err
	}
	sealer, err := c.sealer(d)
	if err != nil {
		return err
	}
	report, err := sealer.Seal(ctx)
	if printed := c.print(out, &report); printed != nil || err != nil {
		return errors.Join(hinted(err), printed)
	}
	if len(report.Faults) > 0 {
		return errWrong
	}
	return nil
}

func (c *auditSealCommand) sealer(d *deployment) (*audit.Sealer, error) {
	log, err := d.log()
	if err != nil {
		return nil, err
	}
	failures, err := d.failures()
	if err != nil {
		return nil, err
	}
	objects, err := d.objects()
	if err != nil {
		return nil, err
	}
	keys := c.keys
	switch {
	case len(keys) > 0:
	case d.target.AccessKeyID == "":
		return nil, errors.New("say with --key what the log is signed by: this is no pipeline of outflow dev, which has a key of its own")
	default:
		keys = []string{"file:" + filepath.Join(d.dir, local.SigningKeyFile)}
	}
	signers, err := digester.OpenKeys(keys, kms.NewFromConfig(d.aws))
	if err != nil {
		return nil, err
	}
	return audit.NewSealer(audit.SealerConfig{Log: log.Name, Client: objects, Bucket: log.Bucket, Retention: c.retention,
		Signers: signers, Waits: failures, Now: time.Now}), nil
}

func (c *auditSealCommand) print(out io.Writer, r *audit.Report) error {
	if c.JSON {
		return printJSON(out, "", r)
	}
	for _, anchor := range r.Anchors {
		if _, err := fmt.Fprintln(out, anchor); err != nil {
			return err
		}
	}
	for i := range r.Faults {
		if _, err := fmt.Fprintf(out, "FAULT  %s: %s\n", r.Faults[i].Key, r.Faults[i].Reason); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(out, "%d digests made, of %d segments with %d lines (%d faults); %d signed for a digester that died; "+
		"unresolved: %d records, %d batches\n", len(r.Anchors), r.Segments, r.Lines, len(r.Faults), r.Completed,
		r.Unresolved.Records.Count, r.Unresolved.Batches.Count)
	return err
}
