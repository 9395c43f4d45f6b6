package change_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/change"
)

func TestScannerIsStrict(t *testing.T) {
	for name, test := range map[string]struct {
		json  string
		valid bool
	}{
		"object":                       {` { "a" : 1 , "b" : [ true , false , null ] } `, true},
		"empty object":                 {`{ }`, true},
		"empty array":                  {`[ ]`, true},
		"numbers":                      {`[0,-0,1,-12,0.5,1.50,1e5,1E+5,1e-05]`, true},
		"escapes":                      {`"\"\\\/\b\f\n\r\t\u0041\ud83d\ude00"`, true},
		"characters outside ASCII":     {`"Müller 😀"`, true},
		"string of more than a word":   {`"0123456789abcdef0123456789"`, true},
		"delete character":             {"\"\x7f\"", true},
		"nothing":                      {``, false},
		"white space only":             {` `, false},
		"two values":                   {`1 2`, false},
		"trailing comma in object":     {`{"a":1,}`, false},
		"trailing comma in array":      {`[1,]`, false},
		"leading comma":                {`[,1]`, false},
		"missing comma":                {`[1 2]`, false},
		"missing colon":                {`{"a" 1}`, false},
		"missing value":                {`{"a":}`, false},
		"name without quotes":          {`{a:1}`, false},
		"single quotes":                {`'a'`, false},
		"wrong bracket":                {`[1}`, false},
		"open object":                  {`{"a":1`, false},
		"open array":                   {`[1`, false},
		"open string":                  {`"abc`, false},
		"string ends in backslash":     {`"abc\`, false},
		"leading zero":                 {`01`, false},
		"leading zero after minus":     {`-01`, false},
		"plus sign":                    {`+1`, false},
		"no digit before the point":    {`.5`, false},
		"no digit after the point":     {`1.`, false},
		"no digit in exponent":         {`1e`, false},
		"no digit after exponent sign": {`1e+`, false},
		"minus alone":                  {`-`, false},
		"not a number":                 {`NaN`, false},
		"word cut short":               {`tru`, false},
		"word too long":                {`truex`, false},
		"upper-case word":              {`True`, false},
		"tab in string":                {"\"a\tb\"", false},
		"null byte in string":          {"\"a\x00b\"", false},
		"control character far in":     {"\"0123456789\x1f\"", false},
		"null byte after value":        {"1\x00", false},
		"unknown escape":               {`"\x41"`, false},
		"short unicode escape":         {`"\u004"`, false},
		"wrong digit in escape":        {`"\u00g0"`, false},
		"high surrogate alone":         {`"\ud83d"`, false},
		"high surrogate before text":   {`"\ud83dabcdef"`, false},
		"low surrogate alone":          {`"\ude00"`, false},
		"surrogates swapped":           {`"\ude00\ud83d"`, false},
		"byte that is no UTF-8":        {"\"\xff\"", false},
		"surrogate in UTF-8":           {"\"\xed\xa0\x80\"", false},
		"overlong UTF-8":               {"\"\xc0\xaf\"", false},
		"UTF-8 cut off by the quote":   {"\"\xe2\x82\"", false},
		"byte order mark":              {"\ufeff1", false},
		"comment":                      {`/* */ 1`, false},
		"deepest nesting":              {strings.Repeat("[", change.MaxDepth) + strings.Repeat("]", change.MaxDepth), true},
		"deeper nesting":               {strings.Repeat("[", change.MaxDepth+1) + strings.Repeat("]", change.MaxDepth+1), false},
		"hostile nesting of arrays":    {strings.Repeat("[", 1e6), false},
		"hostile nesting of objects":   {strings.Repeat(`{"a":`, 1e6), false},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.valid, change.Valid([]byte(test.json)))
		})
	}
}

func TestPassFindsTheEndOfWhatIsMalformedInside(t *testing.T) {
	for name, test := range map[string]struct {
		src, value string
		ok         bool
	}{
		"object":                   {`{"a":1},2`, `{"a":1}`, true},
		"brackets in strings":      {`{"a":"}]","b":"\"}"}]`, `{"a":"}]","b":"\"}"}`, true},
		"malformed number":         {`{"a":01,}  ]`, `{"a":01,}`, true},
		"missing value":            {`{"a":},{}`, `{"a":}`, true},
		"string":                   {`"a,b" ,1`, `"a,b"`, true},
		"scalar before comma":      {`12,3`, `12`, true},
		"scalar before bracket":    {`nonsense]`, `nonsense`, true},
		"scalar before space":      {`12 ]`, `12`, true},
		"white space before value": {"\n {}]", "\n {}", true},
		"nothing":                  {`,1`, ``, false},
		"open object":              {`{"a":1`, `{"a":1`, false},
		"open string":              {`{"a":"b}`, `{"a":"b}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			value, ok := change.Passed([]byte(test.src))
			require.Equal(t, test.ok, ok)
			if ok {
				require.Equal(t, test.value, string(value))
			}
		})
	}
}

// surrogate matches escapes of surrogates, which encoding/json takes one by one.
var surrogate = regexp.MustCompile(`\\u[dD][89a-fA-F]`)

func FuzzScan(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.5e-3,"\u00e9\n",true,null]}`, `"\ud83d\ude00"`, `[[[]]]`, "\"\xff\"", `-0`, `{"a":1,}`, ` 1 `} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		want := json.Valid(src)
		got := change.Valid(src)
		switch {
		case got:
			require.True(t, want, "what the scanner reads is JSON")
			require.True(t, utf8.Valid(src))
			passed, ok := change.Passed(append(src, ','))
			require.True(t, ok)
			require.Equal(t, strings.TrimSpace(string(src)), strings.TrimSpace(string(passed)))
		case want:
			deep := strings.Count(string(src), "[")+strings.Count(string(src), "{") > change.MaxDepth
			require.True(t, deep || !utf8.Valid(src) || surrogate.Match(src), "the scanner reads all JSON but what it refuses by design")
		}
	})
}
