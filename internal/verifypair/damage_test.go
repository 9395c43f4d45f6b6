package verifypair_test

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
)

// damage is one way to damage a log. want is a class that both must find.
type damage struct {
	name, want string
	do         func(h *hand)
}

// ofSegments are done by whoever may write into the bucket.
func ofSegments() []damage {
	edit := func(name string, f func(h *hand, lines []string) []string) damage {
		return damage{name, "segment-altered", func(h *hand) { h.edit(func(l []string) []string { return f(h, l) }) }}
	}
	replace := func(name, from, to string) damage {
		return edit(name, func(h *hand, l []string) []string {
			i := h.random.IntN(len(l))
			l[i] = strings.Replace(l[i], from, to, 1)
			return l
		})
	}
	whole := func(name, want string, f func(h *hand, key string, body []byte)) damage {
		return damage{name, want, func(h *hand) { key := h.pick("dt="); f(h, key, bytes.Clone(h.objects[key])) }}
	}
	return []damage{
		whole("bit flipped in the compressed text", "", func(h *hand, key string, _ []byte) { h.flip(key, 10) }),
		whole("truncated gzip", "segment-altered", func(h *hand, key string, body []byte) { h.objects[key] = body[:h.random.IntN(len(body))] }),
		whole("bytes after the gzip stream", "segment-altered", func(h *hand, key string, body []byte) { h.objects[key] = append(body, 0) }),
		whole("second gzip member", "segment-altered", func(h *hand, key string, body []byte) { h.objects[key] = append(body, zipped("x\n")...) }),
		whole("plain text", "segment-altered", func(h *hand, key string, _ []byte) { h.objects[key] = []byte(strings.Join(h.lines(key), "")) }),
		whole("other compression", "segment-rewritten", func(h *hand, key string, _ []byte) { h.objects[key] = zipped(strings.Join(h.lines(key), "")) }),
		whole("removed", "segment-missing", func(h *hand, key string, _ []byte) { delete(h.objects, key) }),
		whole("renamed", "segment-missing", func(h *hand, key string, body []byte) {
			delete(h.objects, key)
			h.objects[strings.Replace(key, "/2026", "/2027", 1)] = body
		}),
		whole("copied to an hour long past", "segment-unlisted", func(h *hand, key string, body []byte) {
			h.objects[strings.Replace(key, "dt=2026-", "dt=2025-", 1)] = body
		}),
		whole("name that is none", "stray", func(h *hand, key string, body []byte) { h.objects[key+".bak"] = body }),
		edit("line dropped", func(h *hand, l []string) []string { i := h.random.IntN(len(l)); return slices.Delete(l, i, i+1) }),
		edit("line repeated", func(h *hand, l []string) []string { i := h.random.IntN(len(l)); return slices.Insert(l, i, l[i]) }),
		edit("line added", func(h *hand, l []string) []string { return append(l, h.line(1, "insert", "", "a")) }),
		edit("last newline dropped", func(_ *hand, l []string) []string {
			l[len(l)-1] = strings.TrimSuffix(l[len(l)-1], "\n")
			return l
		}),
		edit("broken UTF-8", func(h *hand, l []string) []string {
			i := h.random.IntN(len(l))
			l[i] = strings.Replace(l[i], "ITEM", "IT\xffM", 1)
			return l
		}),
		replace("member twice", `,"v":1`, `,"v":1,"v":1`),
		replace("space", `,"v":1`, `, "v":1`),
		replace("half of a surrogate pair", `ITEM`, `\ud800`),
		replace("time", `"at":"2026`, `"at":"2025`),
		{"not sealed yet", "segment-unsealed", func(h *hand) { h.put(h.log.End, h.line(1, "insert", "", "a")) }},
		{"late, and noted", "segment-unsealed", func(h *hand) {
			hour := h.log.End.Add(-100 * time.Hour)
			h.put(hour, strings.Replace(h.line(1, "insert", "", "a"), h.log.End.Format(time.RFC3339Nano), hour.Format(time.RFC3339Nano), 1))
			h.objects[audit.LateKey(h.log.Name, h.log.End, audit.HourOf(hour))] = nil
		}},
	}
}

// ofDigests are done by whoever may write into the bucket, and has no key.
func ofDigests() []damage {
	change := func(name, want string, f func(d *audit.Digest)) damage {
		return damage{name, want, func(h *hand) { h.change(h.number(1), f) }}
	}
	return []damage{
		{"bit flipped in a digest", "", func(h *hand) { h.flip(h.digestKey(h.number(0)), 0) }},
		{"digest truncated", "digest-altered", func(h *hand) { k := h.digestKey(h.number(0)); h.objects[k] = h.objects[k][:h.random.IntN(300)] }},
		{"digest with a member twice", "digest-altered", func(h *hand) {
			k := h.digestKey(h.number(0))
			h.objects[k] = bytes.Replace(h.objects[k], []byte(`,"v":1}`), []byte(`,"v":1,"v":1}`), 1)
		}},
		change("root", "digest-altered", func(d *audit.Digest) { d.Root = hashText("x") }),
		change("lines", "digest-wrong", func(d *audit.Digest) { d.Lines++ }),
		change("time", "digest-altered", func(d *audit.Digest) { d.At = d.At.Add(time.Hour) }),
		change("signedBy", "key-unannounced", func(d *audit.Digest) { d.SignedBy = hashText("x") }),
		change("version", "digest-altered", func(d *audit.Digest) { d.V = 2 }),
		{"no previous", "digest-wrong", func(h *hand) { h.change(2, func(d *audit.Digest) { d.Previous = nil }) }},
		{"digest removed", "digest-missing", func(h *hand) { delete(h.objects, h.digestKey(h.number(0))) }},
		{"first digests cut", "digest-missing", func(h *hand) {
			for n := h.number(1); n > 0; n-- {
				delete(h.objects, h.digestKey(n))
				delete(h.objects, h.signatureKey(n))
			}
		}},
		{"digest of another number", "digest-altered", func(h *hand) { h.objects[h.digestKey(2)] = h.objects[h.digestKey(1)] }},
		{"signature removed", "signature-missing", func(h *hand) { delete(h.objects, h.signatureKey(h.number(1))) }},
		{"last signature removed", "unsigned-tail", func(h *hand) { delete(h.objects, h.signatureKey(h.log.Digests)) }},
		{"bit flipped in a signature", "signature-wrong", func(h *hand) { h.flip(h.signatureKey(h.number(0)), 0) }},
		{"signature of another digest", "signature-wrong", func(h *hand) { h.objects[h.signatureKey(2)] = h.objects[h.signatureKey(1)] }},
		{"key index removed", "index-missing", func(h *hand) { delete(h.objects, h.pick("keys/")) }},
		{"bit flipped in a key index", "index-altered", func(h *hand) { h.flip(h.pick("keys/"), 0) }},
		{"another key brought", "key-unannounced", func(h *hand) { h.key, _ = h.signer(77).PublicKey(h.Context()) }},
		{"end cut, anchored", "anchor-differs", func(h *hand) {
			h.anchors = h.log.Anchors[len(h.log.Anchors)-1:]
			delete(h.objects, h.digestKey(h.log.Digests))
			delete(h.objects, h.signatureKey(h.log.Digests))
		}},
		{"another anchor", "anchor-differs", func(h *hand) {
			a := h.log.Anchors[h.number(0)-1]
			a.SHA256 = hashText("x")
			h.anchors = []audit.Anchor{a}
		}},
		{"all deleted", "nothing", func(h *hand) {
			h.objects = map[string][]byte{audit.LateKey(h.log.Name, h.now, audit.HourOf(h.now)): nil}
		}},
		{"long ago", "stale", func(h *hand) { h.now = h.now.Add(2 * time.Hour) }},
		{"clock behind", "stale", func(h *hand) { h.now = h.log.End.Add(-20 * time.Minute) }},
	}
}

// ofSealers are under a signature that verifies: by the digester, or by whoever wrote before it.
func ofSealers() []damage {
	lines := func(name, want string, f func(h *hand) []string) damage {
		return damage{name, want, func(h *hand) { h.seal(h.signer(0), []string{h.put(h.log.End, f(h)...)}, nil) }}
	}
	digest := func(name, want string, f func(h *hand, d *audit.Digest)) damage {
		return damage{name, want, func(h *hand) {
			key := h.put(h.log.End, h.line(1, "insert", "", "a"))
			h.seal(h.signer(0), []string{key}, func(d *audit.Digest) { f(h, d) })
		}}
	}
	invalid := func(name, from, to string) damage {
		return lines(name, "line-invalid", func(h *hand) []string { return []string{strings.Replace(h.line(1, "insert", "", "a"), from, to, 1)} })
	}
	return []damage{
		lines("state that never was", "chain-broken", func(h *hand) []string { return []string{h.line(1, "insert", "", "a"), h.line(2, "modify", "b", "c")} }),
		lines("insertion of what is there", "chain-broken", func(h *hand) []string { return []string{h.line(1, "insert", "", "a"), h.line(2, "insert", "", "b")} }),
		lines("raw line in the gap", "chain-unproven", func(h *hand) []string {
			_, tail, _ := strings.Cut(h.line(2, "insert", "", "a"), `"seq":`)
			raw := `{"at":"` + h.log.End.Format(time.RFC3339Nano) + `","cause":null,"id":"raw","keys":null,"new":null,"newHash":null,"old":null,` +
				`"oldHash":null,"op":null,"raw":"?","reason":"it is no JSON","seq":` + tail
			return []string{h.line(1, "insert", "", "a"), raw, h.line(3, "modify", "b", "c")}
		}),
		lines("item that begins with a change", "start-unproven", func(h *hand) []string { return []string{h.line(1, "modify", "a", "b")} }),
		lines("record that is another", "duplicate-differs", func(h *hand) []string {
			return []string{h.line(1, "insert", "", "a"), strings.Replace(h.line(2, "modify", "a", "b"), `"new-2"`, `"new-1"`, 1)}
		}),
		lines("baseline of a state that never was", "baseline-open", func(h *hand) []string {
			line := strings.NewReplacer(`"cause":"user"`, `"cause":null`, `"op":"insert"`, `"op":"baseline"`).Replace(h.line(0, "insert", "", "z"))
			return []string{line, h.line(1, "insert", "", "a")}
		}),
		lines("lines not in order", "line-invalid", func(h *hand) []string { return []string{h.line(2, "modify", "a", "b"), h.line(1, "insert", "", "a")} }),
		invalid("line that is not canonical", `"v":1`, `"v": 1`),
		invalid("line of a later version", `"v":1`, `"v":2`),
		invalid("line with a member that no version has", `,"v":1`, `,"u":1,"v":1`),
		invalid("line with a member twice", `,"v":1`, `,"v":1,"v":1`),
		invalid("hash of another image", `"newHash":"`, `"newHash":"0`),
		invalid("insertion with an old image", `"old":null,"oldHash":null`, `"old":{},"oldHash":"`+hashText("{}")+`"`),
		invalid("operation that no version has", `"op":"insert"`, `"op":"upsert"`),
		invalid("cause that no version has", `"cause":"user"`, `"cause":"root"`),
		invalid("broken UTF-8 in a line", `"new-1"`, "\"\xff\""),
		invalid("line of another hour", `"at":"2026`, `"at":"2025`),
		digest("counts", "digest-wrong", func(_ *hand, d *audit.Digest) { d.Counts.Insert, d.Counts.Remove = 0, 1 }),
		digest("root of nothing", "digest-wrong", func(_ *hand, d *audit.Digest) { d.Root = hashText("") }),
		digest("no key index", "digest-wrong", func(_ *hand, d *audit.Digest) { d.KeyIndex = nil }),
		digest("time that goes back", "digest-altered", func(_ *hand, d *audit.Digest) { d.At = d.At.Add(-time.Hour) }),
		digest("batches", "batches", func(_ *hand, d *audit.Digest) { d.Unresolved.Batches = audit.Waiting{Count: 1, Keys: []string{"x"}} }),
		digest("segment that is listed already", "digest-wrong", func(h *hand, d *audit.Digest) {
			r := h.readBack(h.readDigest(1).Segments[0].Key)
			d.Segments, d.Lines, d.Counts = []audit.Listed{r.Listed}, r.Lines, r.Counts
			d.Root, _ = audit.RootOf(d.Segments)
		}),
		{"fault", "fault", func(h *hand) {
			key := h.pick("dt=") + "x"
			h.objects[key] = []byte("x")
			h.seal(h.signer(0), nil, func(d *audit.Digest) { d.Faults = []audit.Fault{{Bytes: 1, Key: key, Reason: "it is no gzip"}} })
		}},
		{"key that nobody announced", "key-unannounced", func(h *hand) { h.seal(h.signer(77), nil, nil) }},
	}
}
