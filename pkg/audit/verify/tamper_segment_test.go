package verify_test

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/audit/verify"
)

// ofSegments are the kinds of damage to segments that are sealed, and to the folders that they are in.
func ofSegments() []damage {
	altered := []verify.Class{verify.SegmentAltered}
	touched := []verify.Class{verify.SegmentAltered, verify.SegmentRewritten}
	missing := []verify.Class{verify.SegmentMissing}
	unlisted := []verify.Class{verify.SegmentUnlisted, verify.SegmentUnsealed}
	rehash := func(line, from, to string) string { // an edit of the new image, with its hash made right
		start, end := strings.Index(line, `"new":`)+len(`"new":`), strings.Index(line, `,"newHash":"`)
		image := strings.Replace(line[start:end], from, to, 1)
		return line[:start] + image + `,"newHash":"` + hashText(image) + `"` + line[end+len(`,"newHash":"`)+65:]
	}
	return []damage{
		{name: "byte flipped in a segment", want: touched, do: func(h *hand) string { k := h.segment(); return h.flip(k, 10, len(h.body(k))) }},
		{name: "byte flipped in a segment's gzip header", want: touched, do: func(h *hand) string { return h.flip(h.segment(), 0, 10) }},
		{name: "byte flipped in a segment's trailer", want: altered, do: func(h *hand) string { k := h.segment(); return h.flip(k, len(h.body(k))-8, len(h.body(k))) }},
		{name: "segment truncated", want: altered, do: func(h *hand) string {
			k := h.segment()
			h.set(k, h.body(k)[:1+h.random.IntN(len(h.body(k))-1)])
			return k
		}},
		{name: "segment emptied", want: altered, do: func(h *hand) string { k := h.segment(); h.set(k, []byte{}); return k }},
		{name: "bytes after a segment's end", want: altered, do: func(h *hand) string {
			k := h.segment()
			h.set(k, append(bytes.Clone(h.body(k)), 0))
			return k
		}},
		{name: "a second gzip member", want: altered, do: func(h *hand) string {
			k := h.segment()
			h.set(k, append(bytes.Clone(h.body(k)), zipped(h.lines(k)[0])...))
			return k
		}},
		{name: "segment put again as other gzip", want: []verify.Class{verify.SegmentRewritten}, do: func(h *hand) string {
			return h.edit(1, func(l []string) []string { return l })
		}},
		{name: "segment replaced by plain text", want: altered, do: func(h *hand) string {
			k := h.segment()
			h.set(k, []byte(strings.Join(h.lines(k), "")))
			return k
		}},
		{name: "line dropped", want: altered, do: func(h *hand) string {
			return h.edit(2, func(l []string) []string { i := h.random.IntN(len(l)); return slices.Delete(l, i, i+1) })
		}},
		{name: "first line dropped", want: altered, do: func(h *hand) string { return h.edit(2, func(l []string) []string { return l[1:] }) }},
		{name: "last line dropped", want: altered, do: func(h *hand) string { return h.edit(2, func(l []string) []string { return l[:len(l)-1] }) }},
		{name: "line inserted", want: altered, do: func(h *hand) string {
			return h.edit(1, func(l []string) []string {
				return slices.Insert(l, h.random.IntN(len(l)+1), h.newItem().line("insert", "", "x"))
			})
		}},
		{name: "line repeated", want: altered, do: func(h *hand) string {
			return h.edit(1, func(l []string) []string { i := h.random.IntN(len(l)); return slices.Insert(l, i, l[i]) })
		}},
		{name: "lines reordered", want: altered, do: func(h *hand) string {
			return h.edit(2, func(l []string) []string { i := h.random.IntN(len(l) - 1); l[i], l[i+1] = l[i+1], l[i]; return l })
		}},
		{name: "lines sorted backwards", want: altered, do: func(h *hand) string { return h.edit(2, func(l []string) []string { slices.Reverse(l); return l }) }},
		{name: "last newline dropped", want: altered, do: func(h *hand) string {
			return h.edit(1, func(l []string) []string { l[len(l)-1] = strings.TrimSuffix(l[len(l)-1], "\n"); return l })
		}},
		{name: "newlines of another system", want: altered, do: func(h *hand) string { return h.replace("\n", "\r\n") }},
		{name: "blank line", want: altered, do: func(h *hand) string { return h.edit(1, func(l []string) []string { return append(l, "\n") }) }},
		{name: "space in a line", want: altered, do: func(h *hand) string { return h.replace(`,"seq":`, `, "seq":`) }},
		{name: "member that is there twice", want: altered, do: func(h *hand) string { return h.replace(`,"v":1`, `,"v":1,"v":1`) }},
		{name: "member that no version has", want: altered, do: func(h *hand) string { return h.replace(`,"v":1`, `,"uv":1,"v":1`) }},
		{name: "image edited", want: altered, do: func(h *hand) string { return h.replace(`"n":{"N":"`, `"n":{"N":"1`) }},
		{name: "image edited, hash and all", want: altered, do: func(h *hand) string {
			return h.edit(1, func(l []string) []string {
				for i := range l {
					if strings.Contains(l[i], `"op":"insert"`) || strings.Contains(l[i], `"op":"modify"`) {
						l[i] = rehash(l[i], `{"N":"`, `{"N":"9`)
						return l
					}
				}
				return slices.Delete(l, 0, 1)
			})
		}},
		{name: "hash edited", want: altered, do: func(h *hand) string { return h.replace(`"newHash":"`, `"newHash":"0`) }},
		{name: "actor edited", want: altered, do: func(h *hand) string { return h.replace(`"actor":null`, `"actor":"eve"`) }},
		{name: "time edited", want: altered, do: func(h *hand) string { return h.replace(`"at":"2026`, `"at":"2025`) }},
		{name: "operation edited", want: altered, do: func(h *hand) string { return h.replace(`"op":"modify"`, `"op":"insert"`) }},
		{name: "event id edited", want: altered, do: func(h *hand) string { return h.replace(`"id":"e`, `"id":"f`) }},
		{name: "item edited", want: altered, do: func(h *hand) string { return h.replace(`ITEM#`, `ITEM#9`) }},
		{name: "sequence number edited", want: altered, do: func(h *hand) string { return h.replace(`"seq":"0`, `"seq":"1`) }},
		{name: "cause edited", want: altered, do: func(h *hand) string { return h.replace(`"cause":"user"`, `"cause":"ttl"`) }},
		{name: "stream edited", want: altered, do: func(h *hand) string { return h.replace(`table/shop`, `table/shops`) }},
		{name: "model edited", want: altered, do: func(h *hand) string { return h.replace(`"model":"`, `"model":"x`) }},
		{name: "lines swapped between segments", want: altered, do: func(h *hand) string {
			a, b := h.segment(), h.segment()
			x, y := h.lines(a), h.lines(b)
			if a == b || x[0] == y[0] {
				return ""
			}
			x[0], y[0] = y[0], x[0]
			h.set(a, zipped(strings.Join(x, "")))
			h.set(b, zipped(strings.Join(y, "")))
			return a
		}},
		{name: "segments swapped", want: altered, do: func(h *hand) string {
			a, b := h.segment(), h.segment()
			if a == b {
				return ""
			}
			x, y := h.body(a), h.body(b)
			h.set(a, y)
			h.set(b, x)
			return b
		}},
		{name: "segment removed", want: missing, do: func(h *hand) string { k := h.segment(); h.delete(k); return k }},
		{name: "all segments of an hour removed", want: missing, do: func(h *hand) string {
			k := h.segment()
			for _, other := range h.keys(k[len(audit.Prefix(h.log.Name)) : strings.LastIndexByte(k, '/')+1]) {
				h.delete(other)
			}
			return k
		}},
		{name: "segment renamed", want: missing, do: func(h *hand) string {
			k := h.segment()
			h.set(strings.Replace(k, ".ndjson.gz", ".ndjson.gz.old", 1), h.body(k))
			h.delete(k)
			return k
		}},
		{name: "segment moved to another hour", want: missing, do: func(h *hand) string {
			k := h.segment()
			h.set(strings.Replace(k, "/hour=", "/hour=0", 1), h.body(k))
			h.delete(k)
			return k
		}},
		{name: "segment replaced by a link", want: []verify.Class{verify.SegmentMissing, verify.Stray}, do: func(h *hand) string {
			k := h.segment()
			h.versions[k] = []stored{{odd: "it is no regular file"}}
			return k
		}},
		{name: "segment copied under an hour long past", want: unlisted, do: func(h *hand) string {
			k := h.segment()
			copied := audit.Prefix(h.log.Name) + "dt=2026-10-01/hour=07" + k[strings.LastIndexByte(k, '/'):]
			h.set(copied, h.body(k))
			return copied
		}},
		{name: "segment copied under the next hour", want: unlisted, do: func(h *hand) string {
			k := h.segment()
			copied := audit.Prefix(h.log.Name) + h.log.End.Add(time.Hour).Format("dt=2006-01-02/hour=15") + k[strings.LastIndexByte(k, '/'):]
			h.set(copied, h.body(k))
			return copied
		}},
		{name: "late segment that no note names", want: []verify.Class{verify.SegmentUnlisted}, do: func(h *hand) string {
			i := h.newItem()
			i.at = h.log.End.Add(-90 * 24 * time.Hour)
			return h.put(i.at, i.line("insert", "", "x"))
		}},
		{name: "late segment that a note names", want: []verify.Class{verify.SegmentUnsealed}, do: func(h *hand) string {
			i := h.newItem()
			i.at = h.log.End.Add(-90 * 24 * time.Hour)
			h.set(audit.LateKey(h.log.Name, h.log.End, audit.HourOf(i.at)), nil)
			return h.put(i.at, i.line("insert", "", "x"))
		}},
		{name: "segment that is not sealed yet", want: []verify.Class{verify.SegmentUnsealed}, do: func(h *hand) string {
			i := h.newItem()
			return h.put(i.at, i.line("insert", "", "x"))
		}},
		{name: "second version of a segment", want: []verify.Class{verify.SecondVersion}, do: func(h *hand) string {
			return h.onTop(h.segment(), stored{body: zipped("x\n")})
		}},
		{name: "same segment put on top of itself", want: []verify.Class{verify.SecondVersion}, do: func(h *hand) string {
			k := h.segment()
			return h.onTop(k, stored{body: h.body(k)})
		}},
		{name: "delete marker on a segment", want: []verify.Class{verify.DeleteMarker}, do: func(h *hand) string { return h.onTop(h.segment(), stored{marker: true}) }},
		{name: "another version on a delete marker", want: []verify.Class{verify.SecondVersion}, do: func(h *hand) string {
			return h.onTop(h.onTop(h.segment(), stored{marker: true}), stored{body: zipped("x\n")})
		}},
		{name: "stray object", want: []verify.Class{verify.Stray}, do: func(h *hand) string {
			k := audit.Prefix(h.log.Name) + "README.txt"
			h.set(k, []byte("x"))
			return k
		}},
		{name: "stray object among the segments", want: []verify.Class{verify.Stray}, do: func(h *hand) string {
			k := h.segment()
			k = k[:strings.LastIndexByte(k, '/')+1] + ".DS_Store"
			h.set(k, []byte("x"))
			return k
		}},
		{name: "stray object among the digests", want: []verify.Class{verify.Stray}, do: func(h *hand) string {
			k := audit.Prefix(h.log.Name) + "digests/00000000/1.json"
			h.set(k, []byte("x"))
			return k
		}},
	}
}
