package search

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"time"

	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
)

// Outlet writes changes to the indexes of a model's definitions, each by the definition that the index has. It may be
// used by one goroutine at a time.
type Outlet struct {
	OutletConfig
	indexes Indexes
	limit   int // bytes of a request; smaller than MaxBytes where the domain has refused that

	targets []*target // nil where they are not known
	asked   time.Time // when the targets were asked for
	told    string    // the differences that were last logged
}

// OutletConfig is what an outlet needs. All fields must be set but those whose comments say otherwise, and of Items and
// ItemsOf one.
type OutletConfig struct {
	Model  *model.Model
	Prefix string // "<name>-<stage>-"
	Client *Client
	Now    func() time.Time
	Log    *slog.Logger // is told when an index has another definition than the model; errors are returned
	// MaxBytes is the size that requests are kept to, unless a single document is larger; 0 for DefaultMaxBytes.
	MaxBytes int
	Readers  int           // how many items are read at once; 0 for 16, and with 1 there are no goroutines
	Retry    consume.Retry // the zero Retry is a good one
	Items    Items         // reads the table, where it is known beforehand
	// ItemsOf makes what reads the table that the changes' stream names, where only that is known.
	ItemsOf func(table string) Items
}

// DefaultMaxBytes is half of the smallest limit on a request (10 MiB; Amazon OpenSearch Service Developer Guide, quotas).
const DefaultMaxBytes = 5 << 20

// Lease is how long an outlet goes on with the indexes that it found. One that is made beside another is known to all
// writers when this time and the longest request are over, and its Meta.Since must not be earlier than that.
const Lease = 30 * time.Second

// target is a physical index to write to.
type target struct {
	Physical
	projector *Projector
	to        Destination
}

var _ consume.Outlet = (*Outlet)(nil)

// NewOutlet prepares an outlet. It makes no call.
func NewOutlet(c OutletConfig) *Outlet {
	c.MaxBytes, c.Readers = cmp.Or(c.MaxBytes, DefaultMaxBytes), cmp.Or(c.Readers, 16)
	return &Outlet{
		OutletConfig: c, limit: c.MaxBytes,
		indexes: Indexes{Client: c.Client, Prefix: c.Prefix, Model: c.Model.Version(), Now: c.Now},
	}
}

// Name implements consume.Outlet.
func (o *Outlet) Name() string { return consume.Search }

// Deliver implements consume.Outlet: it writes the changes' documents, again and again where that may help, until all
// are durable, nothing has moved for Retry.Attempts times, or ctx is done.
func (o *Outlet) Deliver(ctx context.Context, changes []*change.Change) consume.Outcome {
	d := &delivery{changes: changes, poison: map[int]error{}}
	pauses := o.Retry.Start()
	for len(changes) > 0 {
		before := d.left()
		err := o.pass(ctx, d)
		if err == nil {
			break
		}
		d.note(ctx, err)
		if d.left() < before {
			pauses.Moved()
		}
		if !pauses.Wait(ctx) {
			break
		}
	}
	return d.outcome()
}

// pass sends all open writes once. An error says why some are still open.
func (o *Outlet) pass(ctx context.Context, d *delivery) error {
	targets, err := o.current(ctx)
	if err != nil {
		return err
	}
	if !d.isPlannedFor(targets) {
		d.plan(targets)
	}
	s := &sending{outlet: o, delivery: d, queue: d.open}
	err = s.run(ctx)
	d.open = s.rest()
	if s.scriptMissing {
		err = errors.Join(err, o.putScript(ctx))
	}
	return err
}

// current returns the targets; always the same slice until they change.
func (o *Outlet) current(ctx context.Context) ([]*target, error) {
	now := o.Now()
	if o.targets != nil && now.Sub(o.asked) < Lease {
		return o.targets, nil
	}
	found, err := o.find(ctx)
	if err != nil {
		return nil, err
	}
	o.asked = now
	if o.targets == nil || !reflect.DeepEqual(metas(o.targets), metas(found)) {
		o.targets = found
	}
	return o.targets, nil
}

// forget makes the outlet look for the indexes again.
func (o *Outlet) forget() { o.asked = time.Time{} }

func metas(targets []*target) map[string]Meta {
	all := make(map[string]Meta, len(targets))
	for _, t := range targets {
		all[t.Name] = t.Meta
	}
	return all
}

// find asks for the live indexes of every definition, making what is missing.
func (o *Outlet) find(ctx context.Context) ([]*target, error) {
	found := []*target{}
	var differences []error
	for _, index := range o.Model.SortedIndexes() {
		live, differs, err := o.indexes.Live(ctx, index)
		if err != nil {
			return nil, err
		}
		if differs != nil {
			differences = append(differences, differs)
		}
		for _, p := range live {
			t, err := o.target(p)
			if err != nil {
				return nil, err
			}
			found = append(found, t)
		}
	}
	o.tell(ctx, errors.Join(differences...))
	return found, nil
}

// tell logs the differences when they are new.
func (o *Outlet) tell(ctx context.Context, differences error) {
	text := ""
	if differences != nil {
		text = differences.Error()
	}
	if text != "" && text != o.told {
		o.Log.WarnContext(ctx, "an index has another definition than the model", "difference", text)
	}
	o.told = text
}

func (o *Outlet) target(p Physical) (*target, error) {
	projector, err := NewProjector(o.Model, p.Definition)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	return &target{p, projector, Destination{p.WriteAlias(), Lists(p.Definition), p.Since}}, nil
}

// putScript stores the script under its hash; that it may be there already makes no difference.
func (o *Outlet) putScript(ctx context.Context) error {
	body, err := json.Marshal(object{"script": object{"lang": "painless", "source": Script}})
	if err != nil {
		return fmt.Errorf("store the script: %w", err)
	}
	_, err = o.Client.call(ctx, request{method: http.MethodPut, path: "/_scripts/" + ScriptID(), body: body})
	if err != nil {
		return fmt.Errorf("store the script: %w", err)
	}
	return nil
}
