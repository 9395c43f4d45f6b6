package tfcheck_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/tfcheck"
)

const repository = "../.."

// example is terraform/examples/complete as it would be deployed, once for all tests.
var example = sync.OnceValues(func() ([]tfcheck.Resource, error) { return deploy("terraform/examples/complete") })

func deploy(root string) (_ []tfcheck.Resource, err error) {
	ctx := context.Background()
	provider, err := tfcheck.StandIn(ctx, repository)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "outflow-tfcheck-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	w, err := tfcheck.NewWorkspace(repository, folder, provider)
	if err != nil {
		return nil, err
	}
	return w.Deploy(ctx, root)
}

// deployment is the example's resources. Policies with ARNs that only AWS knows can be read where nothing is asked of
// AWS, so without a stand-in for its provider the test is skipped.
func deployment(t testing.TB) []tfcheck.Resource {
	t.Helper()
	if testing.Short() {
		t.Skip("terraform is not run with -short")
	}
	all, err := example()
	requireDeployed(t, err)
	return all
}

func requireDeployed(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, tfcheck.ErrNoTerraform) || errors.Is(err, tfcheck.ErrNoStandIn) {
		t.Skip(err)
	}
	require.NoError(t, err)
}

// resource is the one of that type whose address has the part.
func resource(t testing.TB, kind, part string) tfcheck.Resource {
	t.Helper()
	var found []tfcheck.Resource
	for _, r := range deployment(t) {
		if r.Type == kind && strings.Contains(r.Address, part) {
			found = append(found, r)
		}
	}
	require.Len(t, found, 1, "%s %s", kind, part)
	return found[0]
}

func value(t testing.TB, r tfcheck.Resource, name string) string {
	t.Helper()
	require.IsType(t, "", r.Values[name], "%s of %s", name, r.Address)
	return r.Values[name].(string)
}
