package tfcheck

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// StandInVariable names the environment variable with the folder of a stand-in for the AWS provider. Its program
// `setup` prints, for a shell to evaluate, the TF_CLI_CONFIG_FILE with which terraform finds the stand-in.
const StandInVariable = "OUTFLOW_TERRAFORM_STANDIN"

// ErrNoStandIn says that there is no stand-in. What needs one is left out.
var ErrNoStandIn = errors.New("no stand-in for the AWS provider: " + StandInVariable + " names no folder, " +
	"and there is none beside the repository")

const (
	registry       = "https://registry.terraform.io/.well-known/terraform.json"
	registryWait   = 10 * time.Second
	standInBeside  = "../shared/terraform-offline" // of the repository
	configVariable = "TF_CLI_CONFIG_FILE"
)

// Provider is where terraform takes the AWS provider from.
type Provider struct {
	Name        string   // for people
	Environment []string // of terraform
	StandIn     bool
}

// FindProvider takes the registry where it answers, and else the stand-in.
func FindProvider(ctx context.Context, repository string) (Provider, error) {
	unreachable := reach(ctx, registry)
	if unreachable == nil {
		cache, err := pluginCache()
		return Provider{Name: "the registry's", Environment: []string{"TF_PLUGIN_CACHE_DIR=" + cache}}, err
	}
	p, err := StandIn(ctx, repository)
	if err != nil {
		return p, fmt.Errorf("terraform's registry: %w; %w", unreachable, err)
	}
	return p, nil
}

func reach(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, registryWait)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	if err := answer.Body.Close(); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", address, answer.Status)
	}
	return nil
}

// pluginCache keeps the provider, which has hundreds of megabytes, for all folders and runs.
func pluginCache() (string, error) {
	user, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("the user's cache folder: %w; set HOME", err)
	}
	folder := filepath.Join(user, "outflow", "terraform-plugins")
	return folder, os.MkdirAll(folder, 0o755)
}

// StandIn returns the stand-in, or ErrNoStandIn.
func StandIn(ctx context.Context, repository string) (Provider, error) {
	folder := os.Getenv(StandInVariable)
	if folder == "" {
		folder = filepath.Join(repository, standInBeside)
	}
	setup := filepath.Join(folder, "setup")
	if _, err := os.Stat(setup); err != nil {
		return Provider{}, ErrNoStandIn
	}
	cmd := exec.CommandContext(ctx, "bash", "-c", `eval "$("$0")" && printf %s "$`+configVariable+`"`, setup)
	cmd.Stderr = os.Stderr
	config, err := cmd.Output()
	if err != nil {
		return Provider{}, fmt.Errorf("set up the stand-in for the AWS provider: %w", err)
	}
	return Provider{Name: "a stand-in for", StandIn: true, Environment: []string{
		configVariable + "=" + string(config), "AWS_REGION=eu-west-1",
	}}, nil
}
