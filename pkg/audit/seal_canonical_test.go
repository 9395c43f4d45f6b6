package audit_test

import (
	"bytes"
	"strings"
	"testing"

	webjcs "github.com/gowebpki/jcs"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/audit"
)

func TestCheckCanonical(t *testing.T) {
	for _, good := range []string{`{}`, `[]`, `""`, `0`, `9007199254740992`, `null`, `{"":[],"a":{"b":[true,false,null,1]},"ä":"\u001f\n\"\\/ "}`,
		"{\"\U00010000\":1,\"\uffff\":2}", `"` + "\u2028\u007f" + `"`} {
		require.NoError(t, audit.CheckCanonical([]byte(good)), good)
	}
	for name, bad := range map[string]string{
		"nothing": ``, "white space": `{ }`, "trailing": `{} `, "two": `{}{}`, "order": `{"b":1,"a":1}`, "twice": `{"a":1,"a":1}`,
		"code points": "{\"\uffff\":2,\"\U00010000\":1}", "escaped slash": `"\/"`, "long escape": `"\u000a"`, "upper hex": `"\u001F"`,
		"needless escape": `"\u0061"`, "unknown escape": `"\x"`, "control": "\"\n\"", "cut string": `"a`, "cut escape": `"\`, "not UTF-8": "\"\xff\"",
		"surrogate": `"\ud800"`, "plus": `+1`, "minus": `-1`, "fraction": `1.5`, "zeros": `01`, "exponent": `1e2`, "large": `9007199254740993`,
		"comma": `[1,]`, "comma in object": `{"a":1,}`, "no comma": `[1 2]`, "no value": `{"a":}`, "no name": `{1:1}`, "cut": `{"a":1`,
		"cut array": `[1`, "literal": `nul`, "deep": strings.Repeat("[", 500) + strings.Repeat("]", 500),
	} {
		require.ErrorContains(t, audit.CheckCanonical([]byte(bad)), "not canonical JSON at byte", name)
	}
}

// What passes is what another implementation of RFC 8785 would write.
func FuzzCheckCanonical(f *testing.F) {
	for _, seed := range []string{`{"a":[1,"\n"],"b":{"N":"12"}}`, `{"ä":"\u001f","z":null}`, "{\"\U00010000\":1,\"\uffff\":2}", `"\ud800"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		canonical, err := webjcs.Transform(text)
		passes := audit.CheckCanonical(text) == nil
		wrapped, wrappedErr := webjcs.Transform(append(append([]byte(`{"x":`), text...), '}')) // which takes any value
		if passes {
			require.NoError(t, wrappedErr)
			require.Equal(t, `{"x":`+string(text)+`}`, string(wrapped))
		} else if err == nil && bytes.Equal(canonical, text) && !bytes.ContainsAny(text, "-.eE+0123456789") {
			require.Contains(t, audit.CheckCanonical(text).Error(), "nests too deeply")
		}
	})
}
