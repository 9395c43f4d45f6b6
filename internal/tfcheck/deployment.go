package tfcheck

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
)

// Resource is one that a deployment has, as `terraform show -json` gives it.
type Resource struct {
	Address string         `json:"address"` // such as module.outflow.aws_kms_key.data[0]
	Type    string         `json:"type"`
	Values  map[string]any `json:"values"`
}

// Deploy applies a root module of the workspace against the stand-in and returns every resource and data source with
// all its values. Nothing is made anywhere.
func (w *Workspace) Deploy(ctx context.Context, folder string) ([]Resource, error) {
	if !w.Provider.StandIn {
		return nil, ErrNoStandIn
	}
	built, err := filepath.Abs(filepath.Join(w.Folder, "terraform/tests/package"))
	if err != nil {
		return nil, err
	}
	for _, step := range [][]string{
		{"init", "-backend=false", "-input=false", "-no-color"},
		{"apply", "-auto-approve", "-input=false", "-no-color", "-var", "package=" + built},
	} {
		if _, err := w.Terraform(ctx, folder, step...); err != nil {
			return nil, err
		}
	}
	shown, err := w.Terraform(ctx, folder, "show", "-json")
	if err != nil {
		return nil, err
	}
	var state struct {
		Values struct {
			Root module `json:"root_module"`
		} `json:"values"`
	}
	if err := json.Unmarshal(shown, &state); err != nil {
		return nil, fmt.Errorf("read terraform's state of %s: %w", folder, err)
	}
	return state.Values.Root.all(), nil
}

type module struct {
	Resources []Resource `json:"resources"`
	Children  []module   `json:"child_modules"`
}

func (m *module) all() []Resource {
	all := m.Resources
	for _, child := range m.Children {
		all = append(all, child.all()...)
	}
	return all
}
