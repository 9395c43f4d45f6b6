package main

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/google/uuid"

	"github.com/outflow-dev/outflow/internal/awsclients"
	"github.com/outflow-dev/outflow/internal/items"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/parked"
	"github.com/outflow-dev/outflow/pkg/publish"
	"github.com/outflow-dev/outflow/pkg/search"
)

// outletFlags are settings of the deployed functions that a target file does not tell.
type outletFlags struct {
	Retention string `name:"audit-retention" placeholder:"MODE:DAYS" help:"OUTFLOW_AUDIT_RETENTION; a must with --yes unless local."`
	Entry     int    `name:"entry-bytes" default:"262144" help:"Limit of an entry and a call: the function's OUTFLOW_ENTRY_BYTES."`
	Claims    string `name:"claims-bucket" placeholder:"NAME" help:"The function's OUTFLOW_CLAIMS_BUCKET. Default: the failures bucket."`
}

// localRetention is that of the local mode's functions. A dry run may have it anywhere: it writes nothing.
const localRetention = "governance:1"

// Limits of an entry, as the functions have them.
const minEntry, maxEntry = 1 << 10, 1 << 20

// check checks what needs no file.
func (f *outletFlags) check() error {
	if f.Entry < minEntry || f.Entry > maxEntry {
		return fmt.Errorf("--entry-bytes %d is not between %d and %d", f.Entry, minEntry, maxEntry)
	}
	if f.Retention == "" {
		return nil
	}
	if _, err := audit.ParseRetention(f.Retention); err != nil {
		return fmt.Errorf("--audit-retention: %w", err)
	}
	return nil
}

// retrier hosts the outlets that the target has an address of, in the chains of functions/consumer: search beside the
// others, audit before events.
func (d *deployment) retrier(f outletFlags) (*parked.Retrier, error) {
	store, err := d.failures()
	if err != nil {
		return nil, err
	}
	c := consume.Consumer{
		Model: d.model, Parking: store, Now: time.Now, Metrics: &consume.Metrics{Out: io.Discard, Stage: d.target.Stage},
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	for _, add := range []func(*consume.Consumer, outletFlags) error{d.addSearch, d.addLedger} {
		if err := add(&c, f); err != nil {
			return nil, err
		}
	}
	return &parked.Retrier{Store: store, Consumer: consume.New(c), Now: time.Now, Random: uuid.NewString}, nil
}

func (d *deployment) addSearch(c *consume.Consumer, _ outletFlags) error {
	if d.target.OpenSearch == "" {
		return nil
	}
	client, err := d.domain()
	if err != nil {
		return err
	}
	c.Chains = append(c.Chains, []consume.Outlet{search.NewOutlet(search.OutletConfig{
		Model: d.model, Prefix: d.target.IndexPrefix, Client: client, Now: c.Now, Log: c.Log,
		Items: items.Table{Client: d.items(), Name: d.target.Table},
	})})
	return nil
}

func (d *deployment) addLedger(c *consume.Consumer, f outletFlags) error {
	var chain []consume.Outlet
	objects, err := d.objects()
	if err != nil {
		return err
	}
	if d.target.AuditBucket != "" {
		retention, err := audit.ParseRetention(cmp.Or(f.Retention, localRetention))
		if err != nil {
			return err
		}
		chain = append(chain, audit.NewOutlet(audit.OutletConfig{
			Model: d.model, Log: d.name(), Client: objects, Bucket: d.target.AuditBucket, Retention: retention, Now: c.Now,
		}))
	}
	if d.target.Bus != "" {
		client, err := awsclients.EventBridge(d.aws, d.target.Events)
		if err != nil {
			return err
		}
		outlet, err := publish.NewOutlet(publish.OutletConfig{
			Model: d.model, Bus: d.target.Bus, Client: client, Claims: objects, Now: c.Now, MaxBytes: f.Entry,
			ClaimsBucket: cmp.Or(f.Claims, d.target.FailuresBucket),
		})
		if err != nil {
			return err
		}
		chain = append(chain, outlet)
	}
	if len(chain) > 0 {
		c.Chains = append(c.Chains, chain)
	}
	return nil
}
