package auditlog

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/pkg/audit"
)

// items are the items' states: how many images each has had, negative while it is deleted.
type items struct {
	images  []int
	padding string
	buffer  []byte
}

func newItems(c Config) *items {
	it := &items{images: make([]int, c.Items)}
	if missing := (c.LineBytes - 640) / 2; missing > 0 {
		it.padding = `,"pad":{"S":"` + strings.Repeat("x", missing) + `"}`
	}
	for i := range min(c.Adopted, c.Items) {
		it.images[i] = 1
	}
	return it
}

// line is what a line holds beside the item's images.
type line struct {
	at                      time.Time
	sequence, stream, model string
	id                      int
}

// next makes the line of the item's next change, a removal if it may be one.
func (it *items) next(item int, l line, remove bool) (text []byte, op string, hash audit.ItemHash) {
	n := it.images[item]
	old, now := 0, 0
	switch {
	case n <= 0:
		op, now = "insert", -n+1
	case remove:
		op, old = "remove", n
	default:
		op, old, now = "modify", n, n+1
	}
	it.images[item] = now
	if now == 0 {
		it.images[item] = -old
	}
	text, hash = it.appendLine(it.buffer[:0], op, item, [2]int{old, now}, l)
	it.buffer = text
	return text, op, hash
}

// appendLine writes a canonical line. images are the numbers of the old and the new image, 0 for none.
func (it *items) appendLine(dst []byte, op string, item int, images [2]int, l line) ([]byte, audit.ItemHash) {
	dst = fmt.Appendf(dst, `{"at":"%s","cause":"user","id":"e%015d","keys":`, l.at.UTC().Format(time.RFC3339Nano), l.id)
	start := len(dst)
	dst = appendKeys(dst, item)
	hash := audit.HashItem(dst[start:])
	dst = it.appendImage(append(dst, `,"new":`...), item, images[1], `,"newHash":`)
	dst = it.appendImage(append(dst, `,"old":`...), item, images[0], `,"oldHash":`)
	dst = fmt.Appendf(dst, `,"op":"%s","seq":"%s","stream":"%s","v":1,"view":`, op, l.sequence, l.stream)
	dst = append(dst, `{"actor":null,"actorEvidence":"none","carriedActor":null,"changed":[],"correlation":null,`...)
	dst = append(dst, `"entity":null,"key":null,"model":"`...)
	return append(append(dst, l.model...), "\"}}\n"...), hash
}

func appendKeys(dst []byte, item int) []byte {
	return append(fmt.Appendf(dst, `{"PK":{"S":"ITEM#%d"}`, item), `,"SK":{"S":"X"}}`...)
}

func (it *items) appendImage(dst []byte, item, n int, hash string) []byte {
	if n == 0 {
		return append(append(append(dst, "null"...), hash...), "null"...)
	}
	start := len(dst)
	dst = fmt.Appendf(dst, `{"PK":{"S":"ITEM#%d"},"SK":{"S":"X"},"n":{"N":"%d"}%s}`, item, n, it.padding)
	sum := sha256.Sum256(dst[start:])
	return append(hex.AppendEncode(append(append(dst, hash...), '"'), sum[:]), '"')
}

// raw is the line of a record that did not decode.
func (l line) raw() []byte {
	return fmt.Appendf(nil, `{"at":"%s","cause":null,"id":"e%015d","keys":null,"new":null,"newHash":null,"old":null,"oldHash":null,`+
		`"op":"insert","raw":"{\"eventID\":\"e%015d\"}","reason":"it has no Keys","seq":"%s","stream":"%s","v":1,"view":null}`+"\n",
		l.at.UTC().Format(time.RFC3339Nano), l.id, l.id, l.sequence, l.stream)
}

// baseline writes the states of the adopted items before anything else.
func (w *writer) baseline() error {
	stream := "arn:aws:dynamodb:eu-west-1:123456789012:table/shop/stream/2026-11-01T00:00:00.000"
	for item := range min(w.Adopted, w.Items) {
		if w.open.lines >= w.SegmentLines {
			w.flush()
		}
		if w.open.lines == 0 {
			w.open = segment{stream: stream, hour: Start, items: map[audit.ItemHash]struct{}{}}
		}
		l := line{at: Start, sequence: "0", stream: stream, model: "0123456789abcdef"}
		text, hash := w.items.appendLine(nil, audit.OpBaseline, item, [2]int{0, 1}, l)
		image := w.items.appendImage(nil, item, 1, "")
		newHash := image[len(image)-65 : len(image)-1]
		id := audit.BaselineID(stream, appendKeys(nil, item), string(newHash), Start)
		text = bytes.Replace(text, []byte(`"cause":"user","id":"e000000000000000"`), []byte(`"cause":null,"id":"`+id+`"`), 1)
		w.add(text, made{"0", audit.OpBaseline, hash})
	}
	w.flush()
	return nil
}

// again is the second half of the segment as another delivery, by another model, would have written it.
func (s *segment) again() segment {
	text := bytes.ReplaceAll(s.text[s.half:], []byte(`"model":"0123456789abcdef"`), []byte(`"model":"fedcba9876543210"`))
	copied := segment{stream: s.stream, hour: s.hour, first: s.rest[0].sequence, last: s.last, text: text, lines: len(s.rest),
		items: map[audit.ItemHash]struct{}{}}
	for _, m := range s.rest {
		copied.items[m.item] = struct{}{}
		count(&copied.tally, m.op)
	}
	return copied
}

func count(t *audit.Tally, op string) {
	switch op {
	case "raw":
		t.Raw++
	case audit.OpBaseline:
		t.Baseline++
	case "insert":
		t.Insert++
	case "modify":
		t.Modify++
	default:
		t.Remove++
	}
}
