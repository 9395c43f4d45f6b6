package verify_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/auditlog"
	"github.com/outflow-dev/outflow/internal/jcs"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/audit/verify"
)

// linesOf are valid lines of all kinds.
func linesOf(t testing.TB) []string {
	t.Helper()
	h := newHand(t, generate(t, auditlog.Config{Seed: 3, Items: 4, Changes: 40, Adopted: 2, Raw: 9}), 1)
	var lines []string
	for _, key := range h.keys("dt=") {
		for _, line := range h.lines(key) {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	return lines
}

// sealable says whether the digester would take a segment of that line alone, but for its hour.
func sealable(line []byte) bool {
	for _, folder := range []string{"dt=2026-11-02/hour=09/", "dt=2026-11-02/hour=10/", "dt=2026-11-02/hour=11/", "dt=2026-11-02/hour=12/", "dt=1970-01-01/hour=00/"} {
		text := string(line) + "\n"
		if _, err := audit.ReadSealed("audit/v1/x/"+folder+nameOf(line)+"-"+hashText(text)[:16]+".ndjson.gz", zipped(text)); err == nil {
			return true
		}
	}
	return false
}

// nameOf is the part of a segment's name that the line decides.
func nameOf(line []byte) string {
	member := func(name string) string {
		i := bytes.LastIndex(line, []byte(name))
		if i < 0 {
			return ""
		}
		rest := line[i+len(name):]
		return string(rest[:max(0, bytes.IndexByte(rest, '"'))])
	}
	stream := member(`"stream":"`)
	label, seq := stream[strings.LastIndexByte(stream, '/')+1:], member(`"seq":"`)
	digits := len(seq) > 0 && len(seq) <= 40 && strings.Trim(seq, "0123456789") == ""
	if label == "" || !digits {
		label, seq = "unknown", "unknown"
	}
	return label + "-" + seq + "-" + seq
}

func TestValidLines(t *testing.T) {
	for _, line := range linesOf(t) {
		require.NoError(t, verify.CheckLine([]byte(line)), line)
		require.True(t, sealable([]byte(line)), line)
	}
}

func TestInvalidLines(t *testing.T) {
	i := &item{name: "I"}
	insert, modify, remove := i.line("insert", "", "a"), i.line("modify", "a", "b"), i.line("remove", "b", "")
	for name, line := range map[string]string{
		"empty":                    "",
		"no object":                "[]",
		"cut":                      insert[:len(insert)/2],
		"something behind":         insert[:len(insert)-1] + " ",
		"another version":          strings.Replace(insert, `"v":1`, `"v":2`, 1),
		"version as a text":        strings.Replace(insert, `"v":1`, `"v":"1"`, 1),
		"member too many":          strings.Replace(insert, `,"view"`, `,"via":1,"view"`, 1),
		"member too few":           strings.Replace(insert, `,"cause":"user"`, "", 1),
		"member twice":             strings.Replace(insert, `"cause":"user"`, `"cause":"user","cause":"user"`, 1),
		"members out of order":     strings.Replace(insert, `"op":"insert","seq":"9000000000000000000000000001"`, `"seq":"9000000000000000000000000001","op":"insert"`, 1),
		"attribute twice":          strings.Replace(insert, `{"PK":{"S":"I"},"SK"`, `{"PK":{"S":"I"},"PK":{"S":"I"},"SK"`, 1),
		"attributes out of order":  strings.Replace(insert, `{"PK":{"S":"I"},"SK":{"S":"X"}}`, `{"SK":{"S":"X"},"PK":{"S":"I"}}`, 1),
		"white space":              strings.Replace(insert, `:{"S"`, `: {"S"`, 1),
		"escape that is none":      strings.Replace(insert, `"cause":"user"`, `"cause":"\user"`, 1),
		"escape that is too long":  strings.Replace(insert, `"S":"I"`, `"S":"\u0049"`, 1),
		"upper case in an escape":  strings.Replace(insert, `"S":"I"`, `"S":"\u001F"`, 1),
		"control character":        strings.Replace(insert, `"S":"I"`, "\"S\":\"\x01\"", 1),
		"broken UTF-8":             strings.Replace(insert, `"S":"I"`, "\"S\":\"\xff\"", 1),
		"half of a surrogate pair": strings.Replace(insert, `"S":"I"`, "\"S\":\"\xed\xa0\x80\"", 1),
		"fraction":                 strings.Replace(insert, `"view":null`, `"view":{"a":1.5}`, 1),
		"leading zero":             strings.Replace(insert, `"view":null`, `"view":{"a":01}`, 1),
		"number above 2^53":        strings.Replace(insert, `"view":null`, `"view":{"a":9007199254740993}`, 1),
		"time without Z":           strings.Replace(insert, `Z","cause"`, `","cause"`, 1),
		"time with zeros at end":   strings.Replace(insert, `Z","cause"`, `.50Z","cause"`, 1),
		"time of no calendar":      strings.Replace(insert, `"at":"0001-01-01`, `"at":"0001-02-30`, 1),
		"wrong hash":               strings.Replace(insert, `"newHash":"`, `"newHash":"0`, 1),
		"hash of nothing":          strings.Replace(remove, `"newHash":null`, `"newHash":"`+hashText("")+`"`, 1),
		"insert with an old image": strings.Replace(modify, `"op":"modify"`, `"op":"insert"`, 1),
		"remove with a new image":  strings.Replace(modify, `"op":"modify"`, `"op":"remove"`, 1),
		"unknown operation":        strings.Replace(insert, `"op":"insert"`, `"op":"upsert"`, 1),
		"cause of a baseline":      strings.Replace(insert, `"cause":"user"`, `"cause":null`, 1),
		"keys that are null":       strings.Replace(insert, `"keys":{"PK":{"S":"I"},"SK":{"S":"X"}}`, `"keys":null`, 1),
		"raw with an image":        strings.Replace(insert, `,"seq"`, `,"raw":"x","reason":"y","seq"`, 1),
		"raw without a reason":     strings.Replace(insert, `,"seq"`, `,"raw":"x","seq"`, 1),
		"deep":                     strings.Replace(insert, `"view":null`, `"view":{"a":`+strings.Repeat("[", 500)+strings.Repeat("]", 500)+`}`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			line = strings.TrimSuffix(line, "\n")
			require.NotEqual(t, strings.TrimSuffix(insert, "\n"), line, "the row changes nothing")
			require.Error(t, verify.CheckLine([]byte(line)))
		})
	}
	require.NoError(t, verify.CheckLine([]byte(strings.TrimSuffix(insert, "\n"))))
}

// An auditor finds the place in a line of some kilobytes.
func TestInvalidLineNamesMemberAndByte(t *testing.T) {
	insert := strings.TrimSuffix((&item{name: "I"}).line("insert", "", "a"), "\n")
	for _, row := range []struct{ old, with, at, says string }{
		{`"S":"X"`, `"S": "X"`, ` "X"`, "member keys, byte %d: a value should come"},
		{`"S":"I"`, `"S":"\u0049"`, `\u0049`, "member keys, byte %d: an escape"},
		{`"op":"insert"`, `"opp":"insert"`, `,"opp"`, "member op, byte %d: it should come now"},
		{`,"seq"`, `,"raw":{},"reason":"","seq"`, `{},"reason"`, "member raw, byte %d: it is no string"},
	} {
		line := strings.Replace(insert, row.old, row.with, 1)
		require.ErrorContains(t, verify.CheckLine([]byte(line)), fmt.Sprintf(row.says, strings.Index(line, row.at)))
	}
}

// What this check takes the digester takes too, and so it is the other way round but for what only this one looks at.
func FuzzLine(f *testing.F) {
	for _, line := range linesOf(f) {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if bytes.IndexByte(text, '\n') >= 0 {
			return
		}
		err := verify.CheckLine(text)
		if err == nil {
			require.NoError(t, jcs.Check(text), "%q", text)
		}
		if err != nil && sealable(text) {
			require.Regexp(t, "cause|keys|view|raw", fmt.Sprint(err), "%q", text)
		}
	})
}

func FuzzAnchor(f *testing.F) {
	g := generate(f, auditlog.Config{Seed: 3, Changes: 10})
	for _, a := range g.log.Anchors {
		f.Add(a.String())
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := audit.ParseAnchor(text)
		if err != nil {
			return
		}
		r := g.verify(t, func(c *verify.Config) { c.Anchors = []audit.Anchor{a} })
		known := a.Number <= int64(len(g.log.Anchors)) && a.SHA256 == g.log.Anchors[a.Number-1].SHA256 && a.Log == g.log.Name
		require.Equal(t, !known, r.Counts[verify.AnchorDiffers] > 0, text)
	})
}

func FuzzDigest(f *testing.F) {
	g := generate(f, auditlog.Config{Seed: 3, Changes: 10, Span: 1})
	key := audit.DigestKey(g.log.Name, 1)
	f.Add(g.body(key))
	f.Fuzz(func(t *testing.T, body []byte) {
		if bytes.Equal(body, g.body(key)) {
			return
		}
		h := newHand(t, g, 1)
		h.set(key, body)
		r, err := verify.Verify(t.Context(), h.checks)
		require.NoError(t, err)
		require.Equal(t, verify.Wrong, r.Status)
	})
}
