package search

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// ScriptState is the stored script's in the domain.
type ScriptState string

// The states of the script.
const (
	ScriptSame   ScriptState = "same"
	ScriptAbsent ScriptState = "absent"  // the consumer's next batch stores it
	ScriptOther  ScriptState = "another" // somebody has put another in its place: it must be deleted
)

// Script looks for the stored script.
func (p *Planner) Script(ctx context.Context) (ScriptState, error) {
	content, err := p.Client.call(ctx, request{method: http.MethodGet, path: "/_scripts/" + ScriptID()})
	var status *StatusError
	if errors.As(err, &status) && status.Status == http.StatusNotFound {
		return ScriptAbsent, nil
	}
	if err != nil {
		return "", fmt.Errorf("look for the stored script: %w", err)
	}
	var stored struct{ Script struct{ Source string } }
	if err := json.Unmarshal(content, &stored); err != nil {
		return "", fmt.Errorf("look for the stored script: read the answer: %w", err)
	}
	if stored.Script.Source != Script {
		return ScriptOther, nil
	}
	return ScriptSame, nil
}
