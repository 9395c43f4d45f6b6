package tfcheck_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/tfcheck"
	"github.com/outflow-dev/outflow/pkg/audit/digester"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
	"github.com/outflow-dev/outflow/pkg/operator"
)

// checks are the functions' own checks at start.
var checks = map[string]func(getenv func(string) string) (consume.Settings, error){
	"search": consumer,
	"ledger": consumer,
	"operator": func(getenv func(string) string) (consume.Settings, error) {
		s, _, err := operator.Load(getenv)
		return s.Settings, err
	},
	"digester": func(getenv func(string) string) (consume.Settings, error) {
		s, err := digester.Load(getenv)
		return s.Settings, err
	},
}

func consumer(getenv func(string) string) (consume.Settings, error) {
	s, _, err := consume.Load(getenv)
	return s, err
}

// optional are the variables that Terraform sets though the functions do without.
var optional = map[string]bool{
	"OUTFLOW_MODEL_HASH": true, "OUTFLOW_LOG_LEVEL": true, "OUTFLOW_ENTRY_BYTES": true, "OUTFLOW_CLAIMS_BUCKET": true, "OUTFLOW_AUDIT_RETENTION": true,
}

// environment is what Terraform gives a function, with what Lambda adds and the model of the package.
func environment(t testing.TB, name string) map[string]string {
	t.Helper()
	f := functions()[name]
	env := variables(t, resource(t, "aws_lambda_function", f.module))
	env["AWS_REGION"] = "eu-west-1"
	env["AWS_LAMBDA_FUNCTION_NAME"] = "shop-prod-" + name
	env["OUTFLOW_MODEL"] = filepath.Join(repository, "terraform", "tests", "package", "model.json")
	return env
}

func variables(t testing.TB, function tfcheck.Resource) map[string]string {
	t.Helper()
	var blocks []struct {
		Variables map[string]string `json:"variables"`
	}
	content, err := json.Marshal(function.Values["environment"])
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(content, &blocks))
	require.Len(t, blocks, 1)
	return maps.Clone(blocks[0].Variables)
}

// The shop's own root module deploys, and its one consumer takes an environment with every outlet.
func TestShopDeploys(t *testing.T) {
	if testing.Short() {
		t.Skip("terraform is not run with -short")
	}
	all, err := deploy("examples/shop/terraform")
	requireDeployed(t, err)
	consumers := 0
	for _, r := range all {
		if r.Type != "aws_lambda_function" || r.Values["function_name"] != "shop-dev-consumer" {
			continue
		}
		consumers++
		env := variables(t, r)
		env["AWS_REGION"] = "eu-west-1"
		env["OUTFLOW_MODEL"] = filepath.Join(repository, "terraform", "tests", "package", "model.json")
		s, err := consumer(func(name string) string { return env[name] })
		require.NoError(t, err)
		require.ElementsMatch(t, []string{consume.Search, consume.Events, consume.Audit}, s.Outlets)
	}
	require.Equal(t, 1, consumers)
}

func TestFunctionsTakeTheirEnvironment(t *testing.T) {
	for name, check := range checks {
		t.Run(name, func(t *testing.T) {
			env := environment(t, name)
			asked := map[string]bool{}
			s, err := check(func(name string) string { asked[name] = true; return env[name] })
			require.NoError(t, err)
			require.Equal(t, "prod", s.Stage)
			require.Equal(t, "shop-prod-failures-123456789012", s.FailuresBucket)
			for variable := range env {
				require.True(t, asked[variable], "%s is given, and the function does not read it", variable)
			}
		})
	}
}

func TestFunctionsNeedTheirEnvironment(t *testing.T) {
	for name, check := range checks {
		env := environment(t, name)
		for variable := range env {
			if optional[variable] || variable == "AWS_LAMBDA_FUNCTION_NAME" || variable == "OUTFLOW_MODEL" {
				continue
			}
			t.Run(name+" "+variable, func(t *testing.T) {
				less := maps.Clone(env)
				delete(less, variable)
				_, err := check(func(name string) string { return less[name] })
				require.ErrorContains(t, err, variable)
			})
		}
	}
}

// A function and Terraform work by one model, or the function does not start.
func TestFunctionsRefuseAnotherModelThanTerraforms(t *testing.T) {
	source, err := os.ReadFile(filepath.Join(repository, "examples", "shop", "model.yaml"))
	require.NoError(t, err)
	m, faults := model.Parse("model.yaml", append(source, "  Other: {key: {PK: \"OTHER#{id}\", SK: OTHER}}\n"...))
	require.NoError(t, faults.Err())
	path := filepath.Join(t.TempDir(), "model.json")
	require.NoError(t, os.WriteFile(path, m.Marshal(), 0o600))
	for name, check := range checks {
		env := environment(t, name)
		env["OUTFLOW_MODEL"] = path
		_, err := check(func(variable string) string { return env[variable] })
		require.ErrorContains(t, err, "OUTFLOW_MODEL_HASH is "+env["OUTFLOW_MODEL_HASH"], name)
		require.ErrorContains(t, err, m.Hash, name)
	}
}

// The outlets get from Terraform what the example says.
func TestSettingsAreThoseOfTheExample(t *testing.T) {
	s, err := checks["ledger"](func(variable string) string { return environment(t, "ledger")[variable] })
	require.NoError(t, err)
	require.Equal(t, []string{consume.Events, consume.Audit}, s.Outlets)
	require.Equal(t, "shop-prod", s.Bus)
	require.Equal(t, 256<<10, s.EntryBytes)
	require.Equal(t, "shop-prod-claims-123456789012", s.ClaimsBucket)
	require.Equal(t, "shop-prod-audit-123456789012", s.AuditBucket)
	require.Equal(t, "governance:30", s.AuditRetention)
}

// The module refuses a package whose compiled form it does not know, and knows the one that this outflow writes.
func TestModuleKnowsTheFormatOfModels(t *testing.T) {
	source, err := os.ReadFile(filepath.Join(repository, "terraform", "variables.tf"))
	require.NoError(t, err)
	require.Contains(t, string(source), fmt.Sprintf(".outflow, 0) == %d", model.Format))
	require.Contains(t, string(source), fmt.Sprintf("compiled models of format %d", model.Format))
}
