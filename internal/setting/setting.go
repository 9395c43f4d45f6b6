// Package setting reads how much a test does from the environment, for runs that are longer than those of make test.
// Only tests use it.
package setting

import (
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// Number is the value of the variable, a whole number that is not negative, or otherwise where it is not set. What is
// no such number fails the test.
func Number(t testing.TB, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 31)
	require.NoError(t, err, "%s: give a number", variable)
	return int(n)
}
