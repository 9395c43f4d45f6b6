package main

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/uuid"

	"github.com/outflow-dev/outflow/internal/awsclients"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/operator"
	"github.com/outflow-dev/outflow/pkg/parked"
	"github.com/outflow-dev/outflow/pkg/publish"
	"github.com/outflow-dev/outflow/pkg/search"
	"github.com/outflow-dev/outflow/pkg/search/backfill"
)

// margin is what an answer takes: a page in flight is given up when the time comes.
const margin = 5 * time.Second

// wiring is what all parts of the operator are made of.
type wiring struct {
	operator.Settings
	model   *model.Model
	aws     aws.Config
	objects *s3.Client
	log     *slog.Logger
	metrics *consume.Metrics
}

func wire(ctx context.Context, getenv func(string) string) (*operator.Operator, error) {
	s, m, err := operator.Load(getenv)
	if err != nil {
		return nil, err
	}
	w := &wiring{Settings: s, model: m, metrics: &consume.Metrics{Out: os.Stdout, Function: s.Function, Stage: s.Stage}}
	w.log = slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{Level: s.LogLevel}))
	if w.aws, err = awsclients.Load(ctx); err != nil {
		return nil, err
	}
	if w.objects, err = awsclients.S3(w.aws, getenv("AWS_ENDPOINT_URL_S3")); err != nil {
		return nil, err
	}
	o := &operator.Operator{Objects: w.objects, Metrics: w.metrics, Log: w.log, Now: time.Now, Margin: margin}
	if slices.Contains(s.Outlets, consume.Search) {
		if err := w.addSearch(o); err != nil {
			return nil, err
		}
	}
	return o, w.addRetrier(o, getenv("AWS_ENDPOINT_URL_EVENTBRIDGE"))
}

func (w *wiring) addSearch(o *operator.Operator) error {
	domain := search.ClientConfig{URL: w.OpenSearchURL, Region: w.Region}
	if strings.HasPrefix(domain.URL, "https://") { // a local engine has neither TLS nor IAM
		domain.Credentials = w.aws.Credentials
	}
	client, err := search.NewClient(domain)
	if err != nil {
		return err
	}
	items := dynamodb.NewFromConfig(w.aws) // AWS_ENDPOINT_URL_DYNAMODB is in the configuration
	o.World = func(rate float64) *backfill.World {
		return &backfill.World{
			Model: w.model, Table: w.Table, IndexPrefix: w.Deployment(w.model) + "-", DynamoDB: items, Domain: client,
			Now: time.Now, Log: w.log, Budget: backfill.NewBudget(rate, time.Now),
		}
	}
	o.Outlet = o.World(0).Outlet()
	return nil
}

// addRetrier hosts the outlets in the chains of functions/consumer: search beside the others, audit before events.
func (w *wiring) addRetrier(o *operator.Operator, bus string) error {
	store := &parked.Store{Client: w.objects, Bucket: w.FailuresBucket, Model: w.model.Version(), Now: time.Now}
	c := consume.Consumer{Model: w.model, Parking: store, Log: w.log, Now: time.Now, Metrics: w.metrics}
	if o.Outlet != nil {
		c.Chains = append(c.Chains, []consume.Outlet{o.Outlet})
	}
	var chain []consume.Outlet
	if slices.Contains(w.Outlets, consume.Audit) {
		retention, err := audit.ParseRetention(w.AuditRetention)
		if err != nil {
			return err
		}
		chain = append(chain, audit.NewOutlet(audit.OutletConfig{
			Model: w.model, Log: w.Deployment(w.model), Client: w.objects, Bucket: w.AuditBucket, Retention: retention, Now: time.Now,
		}))
	}
	if slices.Contains(w.Outlets, consume.Events) {
		client, err := awsclients.EventBridge(w.aws, bus)
		if err != nil {
			return err
		}
		outlet, err := publish.NewOutlet(publish.OutletConfig{
			Model: w.model, Bus: w.Bus, Client: client, Claims: w.objects, ClaimsBucket: w.ClaimsBucket, Now: time.Now, MaxBytes: w.EntryBytes,
		})
		if err != nil {
			return err
		}
		chain = append(chain, outlet)
	}
	if len(chain) > 0 {
		c.Chains = append(c.Chains, chain)
	}
	o.Retrier = &parked.Retrier{Store: store, Consumer: consume.New(c), Now: time.Now, Random: uuid.NewString}
	return nil
}
