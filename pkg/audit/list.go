package audit

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/outflow-dev/outflow/pkg/change"
)

// reference is a segment as its key names it.
type reference struct {
	key         string
	first, last string // versions; "" where the record's could not be read
}

// list adds the segments of an hour to those that wait, and returns their highest version. A key that is no segment's
// is a fault.
func (s *showing) list(ctx context.Context, hour string) (highest string, err error) {
	for page, err := range s.log.pages(ctx, hour, "") {
		if err != nil {
			return "", err
		}
		for _, object := range page.Contents {
			r, err := parseKey(hour, aws.ToString(object.Key))
			if err != nil {
				if err := s.fault(err); err != nil {
					return "", err
				}
				continue
			}
			s.waiting = append(s.waiting, r)
			highest = max(highest, r.last)
		}
	}
	slices.SortFunc(s.waiting, func(a, b reference) int { return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(a.key, b.key)) })
	return highest, nil
}

// parseKey reads <label>-<first>-<last>-<hash16>.ndjson.gz from its end, since labels hold hyphens.
func parseKey(folder, key string) (reference, error) {
	name, suffixed := strings.CutSuffix(strings.TrimPrefix(key, folder), segmentSuffix)
	parts := strings.Split(name, "-")
	n := len(parts)
	if !suffixed || n < 4 || strings.Contains(name, "/") || len(parts[n-1]) != 16 {
		return reference{}, fmt.Errorf("%w: %s: its key is not that of one", ErrSegment, key)
	}
	label := strings.Join(parts[:n-3], "-")
	r := reference{key: key}
	for to, sequence := range map[*string]string{&r.first: parts[n-3], &r.last: parts[n-2]} {
		if label == unknown || sequence == unknown {
			continue
		}
		version, err := change.Version(label, sequence)
		if err != nil {
			return reference{}, fmt.Errorf("%w: %s: %w", ErrSegment, key, err)
		}
		*to = version
	}
	return r, nil
}

// hours yields the folders of the hours that hold records of the query's time, ascending, and that of records without a
// readable time.
func (l *Log) hours(ctx context.Context, q Query) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for day, err := range l.folders(ctx, Prefix(l.Name), 24*time.Hour, q) {
			if err != nil {
				yield("", err)
				return
			}
			for hour, err := range l.folders(ctx, day, time.Hour, q) {
				if !yield(hour, err) || err != nil {
					return
				}
			}
		}
	}
}

// folders yields the folders of days or hours below prefix whose span touches the query's. What else is there is not of
// the segments' part of the log.
func (l *Log) folders(ctx context.Context, prefix string, span time.Duration, q Query) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for page, err := range l.pages(ctx, prefix, "/") {
			if err != nil {
				yield("", err)
				return
			}
			for _, group := range page.CommonPrefixes {
				name := aws.ToString(group.Prefix)
				start, err := parseFolder(name[len(Prefix(l.Name)):])
				if err != nil {
					continue
				}
				timeless := start.Year() == 1970
				within := start.Add(span).After(q.From) && (q.To.IsZero() || start.Before(q.To))
				if (timeless || within) && !yield(name, nil) {
					return
				}
			}
		}
	}
}

// parseFolder reads dt=YYYY-MM-DD/ or dt=YYYY-MM-DD/hour=HH/.
func parseFolder(name string) (time.Time, error) {
	if start, err := time.Parse("dt=2006-01-02/hour=15/", name); err == nil {
		return start, nil
	}
	return time.Parse("dt=2006-01-02/", name)
}

// pages yields the pages of a listing. An error is the last.
func (l *Log) pages(ctx context.Context, prefix, delimiter string) iter.Seq2[*s3.ListObjectsV2Output, error] {
	return func(yield func(*s3.ListObjectsV2Output, error) bool) {
		in := &s3.ListObjectsV2Input{Bucket: aws.String(l.Bucket), Prefix: aws.String(prefix)}
		if delimiter != "" {
			in.Delimiter = aws.String(delimiter)
		}
		pages := s3.NewListObjectsV2Paginator(l.Client, in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(nil, fmt.Errorf("list %s in bucket %s: %w", prefix, l.Bucket, err))
				return
			}
			if !yield(page, nil) {
				return
			}
		}
	}
}
