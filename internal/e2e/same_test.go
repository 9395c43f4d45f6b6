package e2e_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// maxDifferences is how many differences are named: the maps have thousands of members.
const maxDifferences = 10

// requireSame fails where the maps differ, and names what does.
func requireSame(t *testing.T, wanted, found map[string]string, what string) {
	t.Helper()
	var differences []string
	for id, one := range wanted {
		other, ok := found[id]
		switch {
		case !ok:
			differences = append(differences, "missing: "+id+" "+one)
		case one != other:
			differences = append(differences, fmt.Sprintf("different: %s\n  wanted %s\n  found  %s", id, one, other))
		}
	}
	for id, one := range found {
		if _, ok := wanted[id]; !ok {
			differences = append(differences, "extra: "+id+" "+one)
		}
	}
	require.Empty(t, differences[:min(len(differences), maxDifferences)], "%s: %d differences", what, len(differences))
}
