package change_test

import (
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/change"
)

func TestNumberHasOneNormalForm(t *testing.T) {
	nines := strings.Repeat("9", 38)
	for name, test := range map[string]struct{ text, normal string }{
		"zero":                           {"0", "0"},
		"negative zero":                  {"-0", "0"},
		"negative zero with a fraction":  {"-0.00", "0"},
		"zero with an exponent":          {"0E999999999999999999999", "0"},
		"zeros":                          {"0000", "0"},
		"integer":                        {"1000", "1000"},
		"negative integer":               {"-12", "-12"},
		"plus sign":                      {"+12", "12"},
		"leading zeros":                  {"-0012", "-12"},
		"trailing zeros after the point": {"1.50", "1.5"},
		"only zeros after the point":     {"1.000", "1"},
		"nothing before the point":       {".5", "0.5"},
		"nothing after the point":        {"5.", "5"},
		"positive exponent":              {"1E+3", "1000"},
		"lower-case exponent":            {"1e3", "1000"},
		"exponent inside the digits":     {"12345e-2", "123.45"},
		"exponent inside the fraction":   {"1.2345e2", "123.45"},
		"exponent past the fraction":     {"1.5e3", "1500"},
		"exponent before the digits":     {"12.5e-4", "0.00125"},
		"exponent right before digits":   {"12.5e-2", "0.125"},
		"exponent with leading zeros":    {"1e0000000000000000000000003", "1000"},
		"fraction with leading zeros":    {"0.00120", "0.0012"},
		"exponent undone by zeros":       {"0.001e3", "1"},
		"38 digits":                      {nines, nines},
		"38 digits after the point":      {"0." + nines, "0." + nines},
		"more than 38 digits are kept":   {nines + "." + nines, nines + "." + nines},
		"largest":                        {"9." + nines[:37] + "E125", nines + strings.Repeat("0", 88)},
		"smallest":                       {"1E-130", "0." + strings.Repeat("0", 129) + "1"},
		"smallest, negative":             {"-1E-130", "-0." + strings.Repeat("0", 129) + "1"},
	} {
		t.Run(name, func(t *testing.T) {
			normal, slow, err := change.Normal([]byte(test.text))
			require.NoError(t, err)
			require.Equal(t, test.normal, string(normal))
			require.Equal(t, test.normal, string(slow))
		})
	}
}

func TestNumberIsRefused(t *testing.T) {
	const syntax, magnitude = "is not a number", "outside DynamoDB's range"
	for name, test := range map[string]struct{ text, reason string }{
		"nothing":                    {"", syntax},
		"sign alone":                 {"-", syntax},
		"point alone":                {".", syntax},
		"two signs":                  {"--1", syntax},
		"two points":                 {"1.2.3", syntax},
		"letter":                     {"12x", syntax},
		"white space":                {" 1", syntax},
		"white space after":          {"1 ", syntax},
		"exponent without digits":    {"1E", syntax},
		"exponent with sign only":    {"1E+", syntax},
		"exponent with fraction":     {"1E1.5", syntax},
		"exponent without number":    {"E5", syntax},
		"infinity":                   {"Infinity", syntax},
		"not a number":               {"NaN", syntax},
		"hexadecimal":                {"0x10", syntax},
		"thousands separator":        {"1,000", syntax},
		"too large":                  {"1E126", magnitude},
		"too large without exponent": {"1" + strings.Repeat("0", 126), magnitude},
		"too small":                  {"9E-131", magnitude},
		"too small without exponent": {"0." + strings.Repeat("0", 130) + "1", magnitude},
		"hostile exponent":           {"1e999999999", magnitude},
		"hostile negative exponent":  {"1e-999999999", magnitude},
		"exponent beyond int64":      {"1e99999999999999999999999999", magnitude},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := change.Normal([]byte(test.text))
			require.ErrorContains(t, err, test.reason)
		})
	}
}

func TestDigits(t *testing.T) {
	for normal, want := range map[string]int{
		"0": 1, "7": 1, "-7": 1, "1000": 1, "1001": 4, "0.001": 1, "0.0101": 3, "123.45": 5, "-100.5": 4,
	} {
		require.Equal(t, want, change.Digits([]byte(normal)), normal)
	}
}

// numberText generates spellings of numbers, most of them in DynamoDB's range.
func numberText() *rapid.Generator[string] {
	return rapid.StringMatching(`[+-]?(0{0,2}[0-9]{1,40}(\.[0-9]{0,20}0{0,2})?|\.[0-9]{1,10})([eE][+-]?0?[0-9]{1,2})?`)
}

var normalForm = regexp.MustCompile(`^(0|-?[1-9][0-9]*|-?(0|[1-9][0-9]*)\.[0-9]*[1-9])$`)

func TestNormalFormAgreesWithBig(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := numberText().Draw(t, "text")
		normal, slow, err := change.Normal([]byte(text))
		require.NoError(t, err)
		require.Equal(t, string(slow), string(normal))
		require.Regexp(t, normalForm, string(normal))
		require.Zero(t, rational(text).Cmp(rational(string(normal))))
	})
}

func TestNormalFormsAreEqualWhereNumbersAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := numberText().Draw(t, "a"), numberText().Draw(t, "b")
		x, _, err := change.Normal([]byte(a))
		require.NoError(t, err)
		y, _, err := change.Normal([]byte(b))
		require.NoError(t, err)
		require.Equal(t, rational(a).Cmp(rational(b)) == 0, string(x) == string(y))
	})
}

func rational(text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		panic("not a number: " + text)
	}
	return r
}

func FuzzNumber(f *testing.F) {
	for _, seed := range []string{"0", "-0.0", "1E+3", "1.50", ".5", "5.", "1e999999999", "0e99999", "12x", "9.99E125", "1E-130", "-0.1e1"} {
		f.Add([]byte(seed))
	}
	syntax := regexp.MustCompile(`^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$`)
	f.Fuzz(func(t *testing.T, text []byte) {
		normal, slow, err := change.Normal(text)
		if err != nil {
			require.False(t, change.IsNormal(text))
			require.NotContains(t, err.Error(), "\"")
			return
		}
		require.Regexp(t, syntax, string(text))
		require.Regexp(t, normalForm, string(normal))
		require.Equal(t, string(slow), string(normal))
		again, _, err := change.Normal(normal)
		require.NoError(t, err)
		require.Equal(t, string(normal), string(again))
		if len(text) < 1000 && !strings.ContainsAny(string(text), "eE") {
			require.Zero(t, rational(string(text)).Cmp(rational(string(normal))))
		}
	})
}
