package model_test

import (
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/model"
)

func TestParseDecimal(t *testing.T) {
	nines := strings.Repeat("9", 38)
	for _, row := range []struct{ name, text, want string }{
		{"zero", "0", "0"},
		{"negative zero", "-0", "0"},
		{"zero with a huge exponent", "0e999999999999", "0"},
		{"plain", "12.5", "12.5"},
		{"trailing zeros", "12.50", "12.5"},
		{"leading zeros", "0012.5", "12.5"},
		{"plus", "+7", "7"},
		{"no digit before the point", ".5", "0.5"},
		{"no digit behind the point", "5.", "5"},
		{"exponent", "1E+3", "1000"},
		{"negative exponent", "125e-4", "0.0125"},
		{"exponent that moves the point within", "-1.2345e2", "-123.45"},
		{"zeros before the point", "1200", "1200"},
		{"38 digits", nines, nines},
		{"greatest", nines + "e88", nines + strings.Repeat("0", 88)},
		{"least", "1e-130", "0." + strings.Repeat("0", 129) + "1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			d, err := model.ParseDecimal(row.text)
			require.NoError(t, err)
			require.Equal(t, model.Decimal(row.want), d)
		})
	}
}

func TestParseDecimalRefuses(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"empty", "", "not a decimal number"},
		{"a sign alone", "-", "not a decimal number"},
		{"two signs", "-+1", "not a decimal number"},
		{"a point alone", ".", "not a decimal number"},
		{"two points", "1.2.3", "not a decimal number"},
		{"a word", "NaN", "not a decimal number"},
		{"hexadecimal", "0x10", "not a decimal number"},
		{"underscore", "1_000", "not a decimal number"},
		{"space", "1 ", "not a decimal number"},
		{"exponent without digits", "1e", "not a decimal number"},
		{"two exponents", "1e1e1", "not a decimal number"},
		{"fraction in the exponent", "1e1.5", "not a decimal number"},
		{"two signs in the exponent", "1e+-1", "not a decimal number"},
		{"39 digits", strings.Repeat("9", 39), "more than 38 significant digits"},
		{"39 digits over the point", "1." + strings.Repeat("0", 37) + "1", "more than 38 significant digits"},
		{"too great", "1e126", "out of range"},
		{"too small", "1e-131", "out of range"},
		{"an exponent past all bounds", "1e99999999999999999999", "out of range"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := model.ParseDecimal(row.text)
			require.ErrorContains(t, err, row.want)
		})
	}
}

func TestDecimalNormalFormIsTheSameNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[+-]?[0-9]{1,19}(\.[0-9]{0,19})?([eE][+-]?[0-9]{1,2})?`).Draw(t, "text")
		d, err := model.ParseDecimal(text)
		require.NoError(t, err)
		require.Zero(t, rational(t, text).Cmp(rational(t, string(d))))
		require.Regexp(t, `^(0|-?([1-9][0-9]*|0)(\.[0-9]*[1-9])?)$`, string(d))
		again, err := model.ParseDecimal(string(d))
		require.NoError(t, err)
		require.Equal(t, d, again)
	})
}

func TestDecimalCompareIsThatOfNumbers(t *testing.T) {
	number := rapid.Map(rapid.StringMatching(`-?[0-9]{1,4}(\.[0-9]{1,3})?(e-?[0-9])?`), func(text string) model.Decimal {
		d, err := model.ParseDecimal(text)
		require.NoError(t, err)
		return d
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := number.Draw(t, "a"), number.Draw(t, "b")
		require.Equal(t, rational(t, string(a)).Cmp(rational(t, string(b))), a.Compare(b))
	})
}

func rational(t require.TestingT, text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	require.True(t, ok, text)
	return r
}
