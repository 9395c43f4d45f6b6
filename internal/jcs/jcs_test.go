package jcs_test

import (
	"encoding/json"
	"slices"
	"testing"
	"unicode/utf16"

	reference "github.com/gowebpki/jcs"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/internal/jcs"
)

func TestAppendStringAgreesWithReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "s")
		quoted, err := json.Marshal([]string{s})
		require.NoError(t, err)
		want, err := reference.Transform(quoted)
		require.NoError(t, err)
		require.Equal(t, string(want), "["+string(jcs.AppendString(nil, s))+"]")
	})
}

func TestAppendStringReplacesInvalidBytes(t *testing.T) {
	require.Equal(t, "\"a\uFFFDb\uFFFD\"", string(jcs.AppendString(nil, "a\xffb\xe2")))
}

func TestCompareIsOrderOfUTF16(t *testing.T) {
	char := rapid.SampledFrom([]rune{'a', 'b', 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x10ffff})
	text := rapid.StringOf(char)
	rapid.Check(t, func(t *rapid.T) {
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		want := slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
		require.Equal(t, want, sign(jcs.Compare(a, b)), "%q %q", a, b)
	})
}

func sign(n int) int { return min(1, max(-1, n)) }
