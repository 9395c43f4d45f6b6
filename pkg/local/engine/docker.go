package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/outflow-dev/outflow/scripts/engines"
)

// The way through Docker is short on purpose: `docker compose` does what this package does by hand. Only its choosing
// is tested; where this was written no Docker engine could run.

// findDocker notes the docker program if an engine answers it, and else the problem.
func (f *flight) findDocker(ctx context.Context) {
	path, err := exec.LookPath("docker")
	if err != nil {
		f.problem("docker", "it was asked for and is not on PATH", "install Docker, or do not ask for it")
		return
	}
	output, err := exec.CommandContext(ctx, path, "version", "--format", "{{.Server.Version}}").CombinedOutput()
	if err != nil {
		f.problem("docker", "its engine does not answer: "+strings.TrimSpace(string(output)), "start Docker, or do not ask for it")
		return
	}
	f.plan.docker = path
}

func (p Plan) pull(ctx context.Context, progress io.Writer) error {
	folder, err := os.MkdirTemp("", "outflow-compose-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	cmd, err := p.compose(ctx, folder, nil, append([]string{"pull"}, p.services()...)...)
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr = progress, progress
	return cmd.Run()
}

func (p Plan) services() []string {
	var names []string
	for _, item := range p.Items {
		if item.Source == Docker {
			names = append(names, string(item.Name))
		}
	}
	return names
}

// compose is a command of docker compose on the project of this folder.
func (p Plan) compose(ctx context.Context, dir string, ports map[Name]int, args ...string) (*exec.Cmd, error) {
	file := filepath.Join(dir, "compose.yaml")
	if err := os.WriteFile(file, []byte(engines.Compose), 0o644); err != nil {
		return nil, err
	}
	project := release{inputs: dir, name: "outflow", version: "dev"}.folder()
	cmd := exec.CommandContext(ctx, p.docker, append([]string{"compose", "-p", project, "-f", file}, args...)...)
	cmd.Env = append(os.Environ(), "OUTFLOW_DIR="+dir, fmt.Sprintf("OUTFLOW_HEAP_MB=%d", p.HeapMB),
		"OUTFLOW_ACCESS_KEY_ID="+p.AccessKeyID, "OUTFLOW_SECRET_ACCESS_KEY="+p.SecretAccessKey)
	for _, name := range Names() {
		cmd.Env = append(cmd.Env, fmt.Sprintf("OUTFLOW_%s_PORT=%d", strings.ToUpper(string(name)), ports[name]))
	}
	return cmd, nil
}

// startDocker brings the images' containers up and waits until each answers.
func (e *Engines) startDocker(ctx context.Context) error {
	ports := map[Name]int{}
	for _, name := range e.plan.services() {
		claimed, err := e.claim(e.plan.item(Name(name)).Port)
		if err != nil {
			return err
		}
		ports[Name(name)] = claimed
	}
	e.containers = true
	cmd, err := e.plan.compose(ctx, e.dir, ports, append([]string{"up", "-d"}, e.plan.services()...)...)
	if err != nil {
		return err
	}
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("docker compose up: %w: %s", err, output)
	}
	var faults []error
	for name, port := range ports {
		ready := map[Name]probe{DynamoDB: dynamoReady(local(port)), OpenSearch: openSearchReady(local(port), ""), S3: s3Ready(local(port))}[name]
		if err := await(ctx, ready, nil); err != nil {
			faults = append(faults, fmt.Errorf("%s in Docker does not run: %w", name, err))
		}
		e.setEndpoint(name, local(port))
	}
	return errors.Join(faults...)
}

func (e *Engines) stopDocker(ctx context.Context) error {
	if !e.containers {
		return nil
	}
	cmd, err := e.plan.compose(ctx, e.dir, nil, "down")
	if err != nil {
		return err
	}
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("docker compose down: %w: %s", err, output)
	}
	e.containers = false
	return nil
}
