package verify

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
)

// inventory is what the first listing finds.
type inventory struct {
	log      string
	printer  printer
	report   *Report
	segments map[fingerprint]mark // what is among the segments, by key
	digests  map[int64]mark       // hasDigest, hasSignature
	highest  int64                // number of a digest
	late     []note
	versions map[string]string // which version to read, of keys that have several
}

// mark is what is known of an object.
type mark uint8

const (
	listed mark = 1 << iota // by a digest
	hasDigest
	hasSignature
)

// note is one of a late writer: an hour, and the day on which it was written.
type note struct{ day, hour string }

var (
	indexName = regexp.MustCompile(`^keys/[0-9]{8}/[0-9]{10,}-[0-9a-f]{16}\.txt$`)
	lateName  = regexp.MustCompile(`^late/dt=([0-9]{4}-[0-9]{2}-[0-9]{2})/([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2})$`)
)

// list makes the inventory.
func (v *inventory) list(ctx context.Context, source Source) error {
	var all versions
	for object, err := range source.List(ctx, audit.Prefix(v.log)) {
		if err != nil {
			return err
		}
		if object.Key != all.key {
			v.take(&all)
			all = versions{key: object.Key}
		}
		all.add(object)
	}
	v.take(&all)
	return nil
}

// versions are those of one key.
type versions struct {
	key             string
	objects, marked int
	oldest          string // version
	odd             string
}

func (all *versions) add(object Object) {
	if object.Odd != "" {
		all.odd = object.Odd
	}
	if object.Marker {
		all.marked++
		return
	}
	all.objects++
	all.oldest = object.Version
}

// take judges what a key has of versions, and notes the object. What was written is the oldest version.
func (v *inventory) take(all *versions) {
	if all.key == "" || all.objects == 0 {
		return // where nothing but a marker is left, nothing is
	}
	if all.odd != "" {
		v.report.add(Finding{Class: Stray, Object: all.key, Detail: all.odd})
		return
	}
	if all.marked > 0 {
		v.report.add(Finding{Class: DeleteMarker, Object: all.key,
			Detail: "somebody deleted it; the version below the delete marker was read (" + all.oldest + ")"})
	}
	if all.objects > 1 {
		v.report.add(Finding{Class: SecondVersion, Object: all.key,
			Detail: fmt.Sprintf("it has %d versions; the oldest was read (%s)", all.objects, all.oldest)})
	}
	if all.objects > 1 || all.marked > 0 {
		v.versions[all.key] = all.oldest
	}
	v.note(all.key)
}

// note notes an object by its name.
func (v *inventory) note(key string) {
	name := strings.TrimPrefix(key, audit.Prefix(v.log))
	if strings.HasPrefix(name, "dt=") {
		v.segments[v.printer.of([]byte(key))] = 0
		return
	}
	if number, signature, ok := audit.ParseDigestKey(v.log, key); ok {
		v.highest = max(v.highest, number)
		if signature {
			v.digests[number] |= hasSignature
		} else {
			v.digests[number] |= hasDigest
		}
		return
	}
	if late := lateName.FindStringSubmatch(name); late != nil {
		v.late = append(v.late, note{late[1], late[2]})
		return
	}
	if !indexName.MatchString(name) {
		v.report.add(Finding{Class: Stray, Object: key, Detail: "it is none of the log's objects"})
	}
}

// mayBeListed says whether the digest after the last one looks at an hour.
func (v *inventory) mayBeListed(hour string, last *audit.Digest) bool {
	if last == nil {
		return true
	}
	from := audit.HourOf(last.At.Add(-audit.Window)).String()
	if !last.Looked.Complete {
		from = ""
		if last.Looked.From != nil {
			from = last.Looked.From.String()
		}
		for _, late := range last.Looked.Late {
			if late.String() == hour {
				return true
			}
		}
	}
	if hour >= from {
		return true
	}
	since := last.At.UTC().AddDate(0, 0, -1).Format(time.DateOnly)
	for _, n := range v.late {
		if n.hour == hour && n.day >= since {
			return true
		}
	}
	return false
}
