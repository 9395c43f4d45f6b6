package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Fetch brings what the plan wants to download into the cache, and says on progress what it does. It runs mvn and go,
// with their own settings and caches. Programs that fetch into one cache wait for each other. What was interrupted is
// not in the cache, and is begun again the next time.
func Fetch(ctx context.Context, plan Plan, progress io.Writer) (err error) {
	if err := plan.Err(); err != nil {
		return err
	}
	if plan.docker != "" {
		return plan.pull(ctx, progress)
	}
	if len(plan.downloads()) == 0 {
		return nil
	}
	if err := os.MkdirAll(plan.Cache, 0o755); err != nil {
		return fmt.Errorf("make the cache: %w", err)
	}
	held, err := takeWhenFree(ctx, filepath.Join(plan.Cache, "lock"), func(busy *BusyError) {
		say(progress, "waiting for process %d, which is fetching into %s\n", busy.PID, plan.Cache)
	})
	if err != nil {
		return fmt.Errorf("lock the cache: %w", err)
	}
	defer func() { err = errors.Join(err, held.release()) }()
	return plan.fetchAll(ctx, progress)
}

func (p Plan) fetchAll(ctx context.Context, progress io.Writer) error {
	if err := p.removeUnfinished(); err != nil {
		return err
	}
	for _, item := range p.downloads() {
		if _, err := os.Stat(item.Path); err == nil {
			continue // another program fetched it meanwhile
		}
		r := releases[item.Name]
		say(progress, "%s %s: fetching about %d MB into %s\n", r.title, r.version, r.download/mega, item.Path)
		if err := p.fetchOne(ctx, item, progress); err != nil {
			return fmt.Errorf("fetch %s %s: %w", r.title, r.version, err)
		}
		say(progress, "%s %s: ready\n", r.title, r.version)
	}
	return nil
}

const unfinished = ".unfinished-"

// removeUnfinished clears what killed programs left; the lock says that nobody is at work on it.
func (p Plan) removeUnfinished() error {
	entries, err := os.ReadDir(p.Cache)
	if err != nil {
		return fmt.Errorf("read the cache: %w", err)
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), unfinished) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(p.Cache, entry.Name())))
		}
	}
	return err
}

// fetchOne makes the engine's folder under another name and gives it its own when it is whole.
func (p Plan) fetchOne(ctx context.Context, item Item, progress io.Writer) (err error) {
	work, err := os.MkdirTemp(p.Cache, unfinished)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	whole := filepath.Join(work, "whole")
	if err := os.Mkdir(whole, 0o755); err != nil {
		return err
	}
	switch item.Name {
	case DynamoDB:
		err = p.fetchDynamoDB(ctx, item, whole, progress)
	case OpenSearch:
		err = p.fetchOpenSearch(ctx, item, work, whole, progress)
	case S3:
		err = p.buildVersitygw(ctx, work, whole, progress)
	}
	if err != nil {
		return err
	}
	return os.Rename(whole, item.Path)
}

// path is where an engine is kept in the cache.
func (p Plan) path(r release) string { return filepath.Join(p.Cache, r.folder()) }
