package verify_test

import (
	"strings"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/audit/verify"
)

// ofSealers are the kinds that are under a signature that verifies: somebody wrote false segments before they were sealed,
// or the digester or whoever else has the key is not honest.
func ofSealers() []damage {
	seal := func(name string, class verify.Class, lines func(h *hand) (key string)) damage {
		return damage{name: name, want: []verify.Class{class}, do: func(h *hand) string {
			key := lines(h)
			if key != "" {
				h.next(h.signer(0), []string{key}, nil)
			}
			return key
		}}
	}
	sign := func(name string, class verify.Class, f func(h *hand, d *audit.Digest)) damage {
		return damage{name: name, want: []verify.Class{class}, do: func(h *hand) string {
			i := h.newItem()
			key := h.put(i.at, i.line("insert", "", "x"))
			return h.next(h.signer(0), []string{key}, func(d *audit.Digest) { f(h, d) })
		}}
	}
	twice := func(h *hand, edit func(line string) string) string { // a known line comes again, edited
		key := h.segment()
		for _, line := range h.lines(key) {
			if strings.Contains(line, `"op":"modify"`) {
				at, err := time.Parse(`dt=2006-01-02/hour=15`, strings.Join(strings.Split(key, "/")[3:5], "/"))
				if err != nil {
					h.t.Fatal(err)
				}
				return h.put(at, edit(line))
			}
		}
		return ""
	}
	return []damage{
		seal("duplicate with another image", verify.DuplicateDiffers, func(h *hand) string {
			return twice(h, func(line string) string {
				start, end := strings.Index(line, `"new":`)+len(`"new":`), strings.Index(line, `,"newHash":"`)
				image := strings.Replace(line[start:end], `{"N":"`, `{"N":"77`, 1)
				return line[:start] + image + `,"newHash":"` + hashText(image) + `"` + line[end+len(`,"newHash":"`)+65:]
			})
		}),
		seal("duplicate of another item", verify.DuplicateDiffers, func(h *hand) string {
			return twice(h, func(line string) string {
				return strings.Replace(line, `"keys":{"PK":{"S":"ITEM#`, `"keys":{"PK":{"S":"OTHER#`, 1)
			})
		}),
		seal("duplicate of another sequence number", verify.DuplicateDiffers, func(h *hand) string {
			return twice(h, func(line string) string { return strings.Replace(line, `"seq":"0`, `"seq":"1`, 1) })
		}),
		seal("duplicate of another cause", verify.DuplicateDiffers, func(h *hand) string {
			return twice(h, func(line string) string { return strings.Replace(line, `"cause":"user"`, `"cause":"ttl"`, 1) })
		}),
		seal("change of a state that the item never had", verify.ChainBroken, func(h *hand) string {
			i := h.newItem()
			return h.put(i.at, i.line("insert", "", "a"), i.line("modify", "b", "c"))
		}),
		seal("insertion of an item that is there", verify.ChainBroken, func(h *hand) string {
			i := h.newItem()
			return h.put(i.at, i.line("insert", "", "a"), i.line("insert", "", "b"))
		}),
		seal("change of an item that was removed", verify.ChainBroken, func(h *hand) string {
			i := h.newItem()
			return h.put(i.at, i.line("insert", "", "a"), i.line("remove", "a", ""), i.line("modify", "a", "b"))
		}),
		seal("item that begins with a change", verify.StartUnproven, func(h *hand) string {
			i := h.newItem()
			return h.put(i.at, i.line("modify", "a", "b"))
		}),
		seal("item that begins with its removal", verify.StartUnproven, func(h *hand) string {
			i := h.newItem()
			return h.put(i.at, i.line("remove", "a", ""))
		}),
		seal("line with an image of another hash", verify.LineInvalid, func(h *hand) string {
			i := h.newItem()
			return h.put(i.at, i.line("insert", "", "a"), strings.Replace(i.line("modify", "a", "b"), `"S":"b"`, `"S":"c"`, 1))
		}),
		seal("line that is not canonical", verify.LineInvalid, func(h *hand) string {
			i := h.newItem()
			return h.put(i.at, strings.Replace(i.line("insert", "", "a"), `"view":null`, `"view": null`, 1))
		}),
		seal("insertion with an old image", verify.LineInvalid, func(h *hand) string {
			i := h.newItem()
			return h.put(i.at, strings.Replace(i.line("modify", "a", "b"), `"op":"modify"`, `"op":"insert"`, 1))
		}),
		seal("lines not in order", verify.LineInvalid, func(h *hand) string {
			i := h.newItem()
			one, two := i.line("insert", "", "a"), i.line("modify", "a", "b")
			return h.put(i.at, two, one)
		}),
		seal("line of another hour", verify.LineInvalid, func(h *hand) string {
			i := h.newItem()
			return h.put(i.at.Add(-time.Hour), i.line("insert", "", "a"))
		}),
		seal("segment by a false name", verify.LineInvalid, func(h *hand) string {
			i := h.newItem()
			key := h.put(i.at, i.line("insert", "", "a"))
			false_ := strings.Replace(key, "-9", "-8", 1)
			h.set(false_, h.body(key))
			h.delete(key)
			return false_
		}),
		seal("record that did not decode", verify.Raw, func(h *hand) string {
			i := h.newItem()
			_, tail, _ := strings.Cut(i.line("insert", "", "a"), `"seq":`)
			return h.put(i.at, `{"at":"`+i.at.UTC().Format(time.RFC3339Nano)+`","cause":null,"id":"raw-1","keys":null,"new":null,"newHash":null,"old":null,`+
				`"oldHash":null,"op":null,"raw":"?","reason":"it is no JSON","seq":`+tail)
		}),
		sign("counts that are not those of the segments", verify.DigestWrong, func(_ *hand, d *audit.Digest) { d.Counts.Insert, d.Counts.Remove = 0, 1 }),
		sign("lines that are not those of the segments", verify.DigestWrong, func(_ *hand, d *audit.Digest) {
			d.Segments[0].Lines++
			d.Counts.Insert, d.Lines = 2, 2
			d.Root, _ = audit.RootOf(d.Segments)
		}),
		sign("root that is not that of the segments", verify.DigestWrong, func(_ *hand, d *audit.Digest) { d.Root = hashText("x") }),
		sign("segment that is listed already", verify.DigestWrong, func(h *hand, d *audit.Digest) {
			again := h.readBack(h.segment())
			d.Segments, d.Lines = []audit.Listed{again.Listed}, again.Lines
			d.Counts, d.KeyIndex = again.Counts, nil
			d.Root, _ = audit.RootOf(d.Segments)
		}),
		sign("digest without its key index", verify.DigestWrong, func(_ *hand, d *audit.Digest) { d.KeyIndex = nil }),
		sign("time that goes back", verify.DigestAltered, func(_ *hand, d *audit.Digest) { d.At = d.At.Add(-10 * time.Minute) }),
		sign("unresolved batches", verify.Batches, func(_ *hand, d *audit.Digest) {
			d.Unresolved.Batches = audit.Waiting{Count: 1, Keys: []string{"aws/lambda/x"}}
		}),
		{name: "object that is no segment", want: []verify.Class{verify.Fault}, do: func(h *hand) string {
			key := h.segment() + "x"
			h.set(key, []byte("x"))
			h.next(h.signer(0), nil, func(d *audit.Digest) { d.Faults = []audit.Fault{{Bytes: 1, Key: key, Reason: "it is no gzip"}} })
			return key
		}},
		{name: "another digest before by the same key", want: []verify.Class{verify.DigestAltered}, do: func(h *hand) string {
			h.next(h.signer(0), nil, nil)
			n := h.log.Digests
			h.next(h.signer(0), nil, nil)
			h.log.Digests = n - 1
			h.next(h.signer(0), nil, func(d *audit.Digest) { d.At = d.At.Add(time.Second) })
			return h.digestKey(n)
		}},
		{name: "key that nobody announced", want: []verify.Class{verify.KeyUnannounced}, do: func(h *hand) string { return h.next(h.signer(1), nil, nil) }},
		{name: "old key after the rotation", want: []verify.Class{verify.KeyUnannounced}, do: func(h *hand) string {
			if d := h.readDigest(h.log.Digests); len(h.log.Keys) < 2 && d.NextKey == nil {
				return ""
			}
			return h.next(h.signer(-1), nil, nil)
		}},
		{name: "baseline of a state that the item never had", want: []verify.Class{verify.BaselineDiffers, verify.BaselineOpen}, do: func(h *hand) string {
			i := h.newItem()
			first := i.line("insert", "", "a")
			line := i.line("insert", "", "z")
			_, hash, _ := strings.Cut(line, `"newHash":"`)
			const stream = "arn:aws:dynamodb:eu-west-1:123456789012:table/shop/stream/2026-11-09T00:00:00.000"
			id := audit.BaselineID(stream, []byte(`{"PK":{"S":"`+i.name+`"},"SK":{"S":"X"}}`), hash[:64], i.at)
			line = strings.NewReplacer(`"cause":"user"`, `"cause":null`, `"id":"`+i.name+`-2"`, `"id":"`+id+`"`, `"op":"insert"`, `"op":"baseline"`).Replace(line)
			start := strings.Index(line, `"seq":"`)
			end := start + strings.Index(line[start:], `","stream`)
			return h.put(i.at, line[:start]+`"seq":"0`+line[end:], first)
		}},
	}
}
