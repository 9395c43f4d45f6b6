package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/outflow-dev/outflow/internal/wholefile"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/local/lambda"
)

// Files of the key that signs the digests, in the folder. Who checks the log needs the public one alone.
const (
	SigningKeyFile = "signing-key.pem"
	PublicKeyFile  = "signing-key.pub.pem"
)

// digestEvery is the schedule that Terraform gives the digester.
const digestEvery = 15 * time.Minute

// startDigester seals the log at once, and then on the schedule, until Stop. A seal that fails is logged, and made up for
// by the next. The key is made by the first start on the folder.
func (p *Pipeline) startDigester(ctx context.Context) error {
	if p.config.Digester == "" {
		return nil
	}
	if err := p.makeKey(ctx); err != nil {
		return err
	}
	out, err := p.openLog("digester.log")
	if err != nil {
		return err
	}
	env := p.environment(filepath.Join(p.config.Dir, "model.json"))
	env["OUTFLOW_SIGNING_KEY"] = "file:" + filepath.Join(p.config.Dir, SigningKeyFile)
	fn, err := lambda.New(lambda.Config{
		Name: p.Target.IndexPrefix + "digester", Binary: p.config.Digester, Env: env, Timeout: digestEvery, Memory: functionMemory, Log: out,
	})
	if err != nil {
		return fmt.Errorf("%w (make build builds the digester)", err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	others := p.cancel
	p.cancel = func() {
		cancel()
		if others != nil {
			others()
		}
	}
	log := slog.New(slog.NewJSONHandler(out, nil))
	p.running.Go(func() { digest(ctx, fn, log) })
	return nil
}

// makeKey makes the key where there is none, and writes its public half beside it.
func (p *Pipeline) makeKey(ctx context.Context) error {
	signer, err := audit.OpenKeyFile(filepath.Join(p.config.Dir, SigningKeyFile))
	if err != nil {
		return err
	}
	public, err := signer.PublicKey(ctx)
	if err != nil {
		return err
	}
	return wholefile.Replace(filepath.Join(p.config.Dir, PublicKeyFile), public.PEM(), 0o644)
}

// digest invokes the digester until ctx ends, and then stops it. Whatever a digester that is stopped leaves undone is
// done by the next.
func digest(ctx context.Context, fn *lambda.Function, log *slog.Logger) {
	tick := time.NewTicker(digestEvery)
	defer tick.Stop()
	for {
		result, err := fn.Invoke(ctx, []byte("{}"))
		if err == nil {
			err = result.Err()
		}
		if err != nil && ctx.Err() == nil {
			log.Error("the log was not sealed", "error", err)
		}
		select {
		case <-ctx.Done():
			if err := fn.Stop(context.WithoutCancel(ctx)); err != nil && !errors.Is(err, context.Canceled) {
				log.Error("the digester did not stop", "error", err)
			}
			return
		case <-tick.C:
		}
	}
}
