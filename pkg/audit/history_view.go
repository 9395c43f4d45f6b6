package audit

import (
	"encoding/json"
	"fmt"
)

// View is what the model said of a change when its line was written.
type View struct {
	Actor         *string         `json:"actor"`         // who wrote, on evidence; null for nobody known
	ActorEvidence string          `json:"actorEvidence"` // request, revision, actor; carried, none where there is no actor
	CarriedActor  *string         `json:"carriedActor"`  // whom the item names from an earlier change
	Changed       []string        `json:"changed"`
	Correlation   *string         `json:"correlation"` // the request stamp, where it is new
	Entity        *string         `json:"entity"`
	Key           json.RawMessage `json:"key"`
	Model         string          `json:"model"`
}

// ReadView reads the line's view; that of a raw line is empty.
func (l *Line) ReadView() (View, error) {
	var v View
	if len(l.View) == 0 || string(l.View) == "null" {
		return v, nil
	}
	if err := json.Unmarshal(l.View, &v); err != nil {
		return v, fmt.Errorf("read the view of record %s in segment %s: %w", l.ID, l.segment, err)
	}
	return v, nil
}

// By is who made the change, in words.
func (v *View) By(cause string) string {
	switch {
	case v.Actor != nil:
		return *v.Actor + " (evidence: " + v.ActorEvidence + ")"
	case cause == "ttl":
		return "time to live"
	case v.CarriedActor != nil:
		return "nobody known (carries " + *v.CarriedActor + ")"
	}
	return "nobody known"
}
