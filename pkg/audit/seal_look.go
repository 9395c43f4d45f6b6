package audit

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// work is what a seal found to do.
type work struct {
	at     time.Time // of the digests that it makes
	looked Looked
	open   []found // no digest lists them; ascending by key
}

// found is an object among the segments.
type found struct {
	key   string
	bytes int64
	hour  time.Time // of its folder
}

// scope says when a digest is made, and whether it is to look everywhere.
type scope struct {
	at  time.Time
	all bool
}

// looked is where a digest after that one looks, but for what writers noted.
func (c scope) looked(last *link) Looked {
	if last == nil {
		return Looked{SweptAt: c.at}
	}
	before := last.digest.Looked
	switch {
	case c.all, !before.Complete && before.From == nil, c.at.Sub(before.SweptAt) >= sweepEvery:
		return Looked{SweptAt: c.at}
	case !before.Complete:
		return Looked{From: before.From, SweptAt: before.SweptAt}
	}
	from := HourOf(last.digest.At.Add(-Window))
	return Looked{From: &from, SweptAt: before.SweptAt}
}

// look lists what no digest lists.
func (s *Sealer) look(ctx context.Context, last *link, c scope) (*work, error) {
	if last != nil && last.digest.At.After(c.at) {
		// A clock is wrong. Time never goes back in the chain, and no window is right.
		c = scope{at: last.digest.At, all: true}
	}
	w := &work{at: c.at, looked: c.looked(last)}
	var err error
	if last != nil && w.looked.From != nil {
		if w.looked.Late, err = s.late(ctx, last, w); err != nil {
			return nil, err
		}
	}
	objects, err := s.objects(ctx, w)
	if err != nil {
		return nil, err
	}
	listed, err := s.listed(ctx, last, w.since(objects))
	if err != nil {
		return nil, err
	}
	for _, o := range objects {
		if _, known := listed[shorten(o.key)]; !known {
			w.open = append(w.open, o)
		}
	}
	slices.SortFunc(w.open, func(a, b found) int { return cmp.Compare(a.key, b.key) })
	return w, nil
}

// late are the hours before the window that writers noted from the day before the previous digest on, and those that
// it left when it was not complete.
func (s *Sealer) late(ctx context.Context, last *link, w *work) ([]Hour, error) {
	var hours []Hour
	if !last.digest.Looked.Complete {
		hours = slices.Clone(last.digest.Looked.Late)
	}
	log := Log{s.Client, s.Bucket, s.Log}
	for day := last.digest.At.Truncate(24*time.Hour).AddDate(0, 0, -1); !day.After(w.at.Add(skew)); day = day.AddDate(0, 0, 1) {
		folder := lateDay(s.Log, day)
		for page, err := range log.pages(ctx, folder, "") {
			if err != nil {
				return nil, err
			}
			for _, o := range page.Contents {
				hour, err := time.Parse(hourForm, strings.TrimPrefix(aws.ToString(o.Key), folder))
				if err == nil && hour.Before(w.looked.From.Time) {
					hours = append(hours, Hour{hour})
				}
			}
		}
	}
	slices.SortFunc(hours, func(a, b Hour) int { return a.Compare(b.Time) })
	return slices.CompactFunc(hours, func(a, b Hour) bool { return a.Equal(b.Time) }), nil
}

// objects lists the hours that are looked at.
func (s *Sealer) objects(ctx context.Context, w *work) ([]found, error) {
	log := Log{s.Client, s.Bucket, s.Log}
	var folders []string
	for _, hour := range w.looked.Late {
		folders = append(folders, Prefix(s.Log)+hourFolder(hour.Time))
	}
	var q Query
	if w.looked.From != nil {
		q.From = w.looked.From.Time
	}
	for folder, err := range log.hours(ctx, q) {
		if err != nil {
			return nil, err
		}
		if !q.From.IsZero() && hourOfKey(s.Log, folder).Before(q.From) {
			continue // of records without a time: their writers note it
		}
		folders = append(folders, folder)
	}
	var all []found
	for _, folder := range folders {
		for page, err := range log.pages(ctx, folder, "") {
			if err != nil {
				return nil, err
			}
			for _, o := range page.Contents {
				all = append(all, found{aws.ToString(o.Key), aws.ToInt64(o.Size), hourOfKey(s.Log, folder)})
			}
		}
	}
	return all, nil
}

// hourOfKey is the hour of the folder that a key is in, the zero time if it is in none.
func hourOfKey(log, key string) time.Time {
	name := strings.TrimPrefix(key, Prefix(log))
	form := "dt=2006-01-02/hour=15/"
	if len(name) < len(form) {
		return time.Time{}
	}
	at, err := time.Parse(form, name[:len(form)])
	if err != nil {
		return time.Time{}
	}
	return at
}

// since is the time before which no digest can list any of the objects: a segment is not written before its hour. For
// objects of hours that are yet to come that says nothing, so that all digests must be asked.
func (w *work) since(objects []found) time.Time {
	since := w.at
	for _, o := range objects {
		if o.hour.After(w.at.Add(time.Hour)) {
			return time.Time{}
		}
		if o.hour.Before(since) {
			since = o.hour
		}
	}
	return since.Add(-time.Hour)
}

// fill reads what is open into the draft, as much as one digest takes.
func (s *Sealer) fill(ctx context.Context, draft *Draft, w *work) error {
	lines := int64(0)
	for n := 0; len(w.open) > 0 && n < maxSegments && lines < maxLines; {
		some := w.open[:min(len(w.open), 2*readers, maxSegments-n)]
		before := len(draft.Read)
		if err := s.read(ctx, draft, some); err != nil {
			return fmt.Errorf("read back segments: %w", err)
		}
		for i := range draft.Read[before:] {
			lines += draft.Read[before+i].Lines
		}
		w.open, n = w.open[len(some):], n+len(some)
	}
	return nil
}
