package main

import (
	"context"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/outflow-dev/outflow/internal/awsclients"
	"github.com/outflow-dev/outflow/internal/items"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/parked"
	"github.com/outflow-dev/outflow/pkg/publish"
	"github.com/outflow-dev/outflow/pkg/search"
)

// outlets makes the outlets that the settings name, and only their clients: search beside the others, audit before
// events.
func outlets(ctx context.Context, s consume.Settings, m *model.Model, log *slog.Logger) ([][]consume.Outlet, consume.Parking, error) {
	cfg, err := awsclients.Load(ctx)
	if err != nil {
		return nil, nil, err
	}
	objects, err := awsclients.S3(cfg, os.Getenv("AWS_ENDPOINT_URL_S3"))
	if err != nil {
		return nil, nil, err
	}
	var chains [][]consume.Outlet
	if slices.Contains(s.Outlets, consume.Search) {
		outlet, err := searchOutlet(s, m, cfg, log)
		if err != nil {
			return nil, nil, err
		}
		chains = append(chains, []consume.Outlet{outlet})
	}
	ledger, err := ledgerOutlets(s, m, cfg, objects)
	if len(ledger) > 0 {
		chains = append(chains, ledger)
	}
	return chains, &parked.Store{Client: objects, Bucket: s.FailuresBucket, Model: m.Version(), Now: time.Now}, err
}

func searchOutlet(s consume.Settings, m *model.Model, cfg aws.Config, log *slog.Logger) (consume.Outlet, error) {
	domain := search.ClientConfig{URL: s.OpenSearchURL, Region: s.Region}
	if strings.HasPrefix(s.OpenSearchURL, "https://") { // a local engine has neither TLS nor IAM
		domain.Credentials = cfg.Credentials
	}
	client, err := search.NewClient(domain)
	if err != nil {
		return nil, err
	}
	table, err := awsclients.DynamoDB(cfg, os.Getenv("AWS_ENDPOINT_URL_DYNAMODB"))
	if err != nil {
		return nil, err
	}
	return search.NewOutlet(search.OutletConfig{
		Model: m, Prefix: s.Deployment(m) + "-", Client: client, Now: time.Now, Log: log, ItemsOf: items.Of(table),
	}), nil
}

// ledgerOutlets are those that must run one after another: what is announced is recorded before.
func ledgerOutlets(s consume.Settings, m *model.Model, cfg aws.Config, objects *s3.Client) ([]consume.Outlet, error) {
	var chain []consume.Outlet
	if slices.Contains(s.Outlets, consume.Audit) {
		retention, err := audit.ParseRetention(s.AuditRetention)
		if err != nil {
			return nil, err
		}
		chain = append(chain, audit.NewOutlet(audit.OutletConfig{
			Model: m, Log: s.Deployment(m), Client: objects, Bucket: s.AuditBucket, Retention: retention, Now: time.Now,
		}))
	}
	if slices.Contains(s.Outlets, consume.Events) {
		client, err := awsclients.EventBridge(cfg, os.Getenv("AWS_ENDPOINT_URL_EVENTBRIDGE"))
		if err != nil {
			return nil, err
		}
		outlet, err := publish.NewOutlet(publish.OutletConfig{
			Model: m, Bus: s.Bus, Client: client, Claims: objects, ClaimsBucket: s.ClaimsBucket, Now: time.Now, MaxBytes: s.EntryBytes,
		})
		if err != nil {
			return nil, err
		}
		chain = append(chain, outlet)
	}
	return chain, nil
}
