package change_test

import (
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/change"
)

func TestVersionIsLabelAndPaddedSequence(t *testing.T) {
	for name, test := range map[string]struct{ sequence, padded string }{
		"one digit": {"7", strings.Repeat("0", 39) + "7"},
		"usual":     {"4421584500000000017450439091", "0000000000004421584500000000017450439091"},
		"padded":    {"000000000000000000001", strings.Repeat("0", 39) + "1"},
		"longest":   {strings.Repeat("9", 40), strings.Repeat("9", 40)},
	} {
		t.Run(name, func(t *testing.T) {
			version, err := change.Version(label, test.sequence)
			require.NoError(t, err)
			require.Equal(t, label+"/"+test.padded, version)
			gotLabel, gotSequence, err := change.SplitVersion(version)
			require.NoError(t, err)
			require.Equal(t, label, gotLabel)
			require.Equal(t, test.padded, gotSequence)
		})
	}
}

func TestVersionIsRefused(t *testing.T) {
	for name, test := range map[string]struct{ label, sequence string }{
		"empty sequence":       {label, ""},
		"41 digits":            {label, strings.Repeat("1", 41)},
		"letter":               {label, "12a"},
		"sign":                 {label, "-12"},
		"digit outside ASCII":  {label, "١٢"},
		"white space":          {label, " 1"},
		"empty label":          {"", "1"},
		"slash in the label":   {"a/b", "1"},
		"everything is absent": {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			version, err := change.Version(test.label, test.sequence)
			require.ErrorContains(t, err, "make version: ")
			require.Empty(t, version)
		})
	}
}

func TestSplitVersionIsRefused(t *testing.T) {
	for name, version := range map[string]string{
		"empty":           "",
		"no slash":        strings.Repeat("0", 40),
		"no label":        "/" + strings.Repeat("0", 40),
		"unpadded":        label + "/12",
		"too long":        label + "/" + strings.Repeat("0", 41),
		"letter":          label + "/" + strings.Repeat("0", 39) + "x",
		"slash in labels": "a/b/" + strings.Repeat("0", 40),
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := change.SplitVersion(version)
			require.ErrorContains(t, err, "split version: ")
		})
	}
}

func TestVersionsOrderAsNumbersDo(t *testing.T) {
	sequence := rapid.StringMatching(`[0-9]{1,40}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := sequence.Draw(t, "a"), sequence.Draw(t, "b")
		x, y := must(change.Version(label, a)), must(change.Version(label, b))
		m, _ := new(big.Int).SetString(a, 10)
		n, _ := new(big.Int).SetString(b, 10)
		require.Equal(t, m.Cmp(n), strings.Compare(x, y))
		later := must(change.Version("2026-11-21T12:00:00.001", a))
		require.Less(t, y, later)
	})
}
