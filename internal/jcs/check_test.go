package jcs_test

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	reference "github.com/gowebpki/jcs"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/internal/jcs"
)

func TestCheckTakesCanonicalJSON(t *testing.T) {
	for _, good := range []string{`{}`, `[]`, `""`, `0`, `9007199254740992`, `null`, `{"":[],"a":{"b":[true,false,null,1]},"ä":"\u001f\n\"\\/ "}`,
		"{\"\U00010000\":1,\"\uffff\":2}", `{"\n":1,"a":2,"a\\":3}`, `"` + "\u2028\u007f" + `"`,
		strings.Repeat("[", 200) + strings.Repeat("]", 200)} {
		require.NoError(t, jcs.Check([]byte(good)), good)
	}
}

func TestCheckNamesTheByte(t *testing.T) {
	for name, row := range map[string]struct {
		text string
		at   int
		says string
	}{
		"nothing":           {``, 0, "a value should come"},
		"white space":       {`{ }`, 1, "a name in quotes"},
		"trailing":          {`{} `, 2, "something follows"},
		"two":               {`{}{}`, 2, "something follows"},
		"order":             {`{"b":1,"a":1}`, 7, "not in order"},
		"twice":             {`{"a":1,"a":1}`, 7, "there twice"},
		"order of escapes":  {`{"a":1,"\n":1}`, 7, "not in order"},
		"order in depth":    {`[{},{"x":{"b":0,"a":0}}]`, 16, "not in order"},
		"code points":       {"{\"\uffff\":2,\"\U00010000\":1}", 9, "not in order"},
		"escaped slash":     {`"\/"`, 1, "an escape"},
		"long escape":       {`"\u000a"`, 1, "an escape"},
		"upper hex":         {`"ab\u001F"`, 3, "an escape"},
		"needless escape":   {`"\u0061"`, 1, "an escape"},
		"unknown escape":    {`"\x"`, 1, "an escape"},
		"surrogate":         {`"\ud800"`, 1, "an escape"},
		"cut escape":        {`"\`, 1, "an escape"},
		"control":           {"\"\n\"", 1, "a control character"},
		"cut string":        {`"a`, 2, "has no end"},
		"not UTF-8":         {"\"é\xff\"", 3, "not UTF-8"},
		"surrogate, raw":    {"\"\xed\xa0\x80\"", 1, "not UTF-8"},
		"plus":              {`+1`, 0, "a value should come"},
		"minus":             {`[-1]`, 1, "a value should come"},
		"fraction":          {`1.5`, 1, "something follows"},
		"fraction inside":   {`[1.5]`, 2, "a comma or the end"},
		"zeros":             {`[01]`, 1, "integers"},
		"exponent":          {`[1e2]`, 2, "a comma or the end"},
		"large":             {`[9007199254740993]`, 1, "2^53"},
		"far too large":     {strings.Repeat("9", 100), 0, "2^53"},
		"comma":             {`[1,]`, 3, "a value should come"},
		"comma in object":   {`{"a":1,}`, 7, "a name in quotes"},
		"no comma":          {`[1 2]`, 2, "a comma or the end"},
		"no colon":          {`{"a"}`, 4, "a colon"},
		"no value":          {`{"a":}`, 5, "a value should come"},
		"no name":           {`{1:1}`, 1, "a name in quotes"},
		"other bracket":     {`{"a":1]`, 6, "a comma or the end"},
		"cut":               {`{"a":1`, 6, "a comma or the end"},
		"cut after a name":  {`{"a"`, 4, "a colon"},
		"cut after a colon": {`{"a":`, 5, "a value should come"},
		"cut array":         {`[1`, 2, "a comma or the end"},
		"literal":           {`[nul]`, 1, "a value should come"},
		"cut literal":       {`nul`, 0, "a value should come"},
		"deep":              {strings.Repeat("[", 500) + strings.Repeat("]", 500), 201, "too deeply"},
	} {
		t.Run(name, func(t *testing.T) {
			err := jcs.Check([]byte(row.text))
			require.ErrorContains(t, err, "not canonical JSON at byte "+strconv.Itoa(row.at)+": ")
			require.ErrorContains(t, err, row.says)
		})
	}
}

func TestValueBetweenOthers(t *testing.T) {
	text := []byte(`,"a":{"b":[1]},"c"`)
	end, err := jcs.Value(text, len(`,"a":`))
	require.NoError(t, err)
	require.Equal(t, `{"b":[1]}`, string(text[len(`,"a":`):end]))
	end, err = jcs.Value(text, 0)
	require.Error(t, err)
	require.Zero(t, end)
	end, err = jcs.Value(text, len(text))
	require.Error(t, err)
	require.Equal(t, len(text), end)
}

// parts are what random texts are put together from, so that many of them are nearly canonical.
var parts = rapid.SampledFrom([]string{"{", "}", "[", "]", `"a"`, `"b"`, `"é"`, `"\u0001"`, `"\n"`, `"\u000a"`, `"\/"`, `"😀"`,
	"\"\ufb01\"", ":", ",", "0", "12", "01", "-1", "9007199254740992", "9007199254740993", "null", "true", "false", " ", `"`, "\xff"})

func TestCheckAgreesWithRewriting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		agrees(t, []byte(strings.Join(rapid.SliceOfN(parts, 1, 12).Draw(t, "parts"), "")))
	})
}

func FuzzCheck(f *testing.F) {
	for _, seed := range []string{`{"a":[1,"\n"],"b":{"N":"12"}}`, `{"ä":"\u001f","z":null}`, "{\"\U00010000\":1,\"\uffff\":2}", `"\ud800"`, `{"a":{},"a\n":[]}`,
		`{"at":"2026-11-02T09:00:00.5Z","cause":"user","id":"1","keys":{"PK":{"S":"I"}},"new":{"PK":{"S":"I"},"n":{"N":"1"}},"v":1,"view":{"changed":["n"]}}`,
		strings.Repeat("[", 201) + strings.Repeat("]", 201)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) { agrees(t, text) })
}

type failing interface {
	require.TestingT
	Helper()
}

// agrees holds Check against a slow one, which reads the text and writes it again, and what passes against another
// implementation of RFC 8785.
func agrees(t failing, text []byte) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	again, ok := rewritten(nil, d, 0)
	_, err := d.Token()
	canonical := ok && err == io.EOF && bytes.Equal(again, text)
	require.Equal(t, canonical, jcs.Check(text) == nil, "%q", text)
	if canonical {
		wrapped := `{"x":` + string(text) + `}` // since the other takes objects and arrays alone
		web, err := reference.Transform([]byte(wrapped))
		require.NoError(t, err)
		require.Equal(t, wrapped, string(web))
	}
}

// rewritten writes the next value in canonical form; not ok if it has none, or is none that Check takes.
func rewritten(dst []byte, d *json.Decoder, depth int) ([]byte, bool) {
	token, err := d.Token()
	if err != nil || depth > 200 {
		return dst, false
	}
	switch v := token.(type) {
	case json.Delim:
		return rewrittenInside(dst, d, depth, v)
	case json.Number:
		n, err := strconv.ParseUint(v.String(), 10, 64)
		return strconv.AppendUint(dst, n, 10), err == nil && n <= 1<<53
	case string:
		return jcs.AppendString(dst, v), utf8.ValidString(v)
	case bool:
		return strconv.AppendBool(dst, v), true
	}
	return append(dst, "null"...), true
}

func rewrittenInside(dst []byte, d *json.Decoder, depth int, open json.Delim) (_ []byte, ok bool) {
	dst = append(dst, string(open)...)
	before := ""
	for first := true; d.More(); first = false {
		if !first {
			dst = append(dst, ',')
		}
		if open == '{' {
			name, err := d.Token()
			text, isText := name.(string)
			if err != nil || !isText || !first && jcs.Compare(before, text) >= 0 {
				return dst, false
			}
			before = text
			dst = append(jcs.AppendString(dst, text), ':')
		}
		if dst, ok = rewritten(dst, d, depth+1); !ok {
			return dst, false
		}
	}
	end, err := d.Token()
	return append(dst, map[json.Delim]byte{'{': '}', '[': ']'}[open]), err == nil && end != nil
}
