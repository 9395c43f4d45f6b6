package change

import "github.com/outflow-dev/outflow/pkg/model"

// What an actor's name rests on.
const (
	EvidenceRequest  = "request"  // the request stamp is new
	EvidenceRevision = "revision" // the revision stamp is new
	EvidenceActor    = "actor"    // the actor stamp itself is new
	EvidenceCarried  = "carried"  // on nothing: the item still has the stamp of an earlier change
	EvidenceNone     = "none"     // on nothing: there is no stamp
)

// Evidence is what a change's own stamps prove of who made it. "" stands for what is not there.
type Evidence struct {
	Actor            string // who made the change; only where How is EvidenceRequest, EvidenceRevision or EvidenceActor
	Carried          string // the actor stamp of an earlier change; only where How is EvidenceCarried
	How              string // one of the constants
	Request          string // the correlation id; only where the request stamp is new
	Tenant           string
	Revision         string // an integer in normal form
	PreviousRevision string // that of the old image
}

// Evidence reads the stamps that s names. A stamp is fresh where the new image has it and the old one has another or
// none. Only beside a fresh request, revision or actor stamp does the new image's actor count: writers that do not
// stamp leave the names of others behind. The old image of a removed item proves nothing.
func (c *Change) Evidence(s model.Stamps) Evidence {
	request, requested := c.fresh(s.Request, stampText)
	_, revised := c.fresh(s.Revision, stampInteger)
	actor, acted := c.fresh(s.Actor, stampText)
	e := Evidence{
		How:              EvidenceNone,
		Tenant:           stampText(c.latest(), s.Tenant),
		Revision:         stampInteger(c.New.Image, s.Revision),
		PreviousRevision: stampInteger(c.Old.Image, s.Revision),
	}
	if requested {
		e.Request = request
	}
	switch {
	case actor == "":
	case requested:
		e.Actor, e.How = actor, EvidenceRequest
	case revised:
		e.Actor, e.How = actor, EvidenceRevision
	case acted:
		e.Actor, e.How = actor, EvidenceActor
	default:
		e.Carried, e.How = actor, EvidenceCarried
	}
	return e
}

// latest is the last known image of the item.
func (c *Change) latest() Image {
	if c.New.Exists() {
		return c.New.Image
	}
	return c.Old.Image
}

// fresh is the new image's stamp, and whether it is there and not the old image's.
func (c *Change) fresh(name string, read func(Image, string) string) (stamp string, fresh bool) {
	stamp = read(c.New.Image, name)
	return stamp, stamp != "" && stamp != read(c.Old.Image, name)
}

// stampText is the text of a stamp of kind S or N.
func stampText(image Image, name string) string {
	v := stamp(image, name)
	if v.Kind() != KindS && v.Kind() != KindN {
		return ""
	}
	return string(v.Text())
}

// stampInteger is the text of a stamp of kind N without a fraction.
func stampInteger(image Image, name string) string {
	v := stamp(image, name)
	if v.Kind() != KindN || !isInteger(v.Text()) {
		return ""
	}
	return string(v.Text())
}

// stamp is the attribute of a stamp; the model has no name for those that writers do not make.
func stamp(image Image, name string) (v Value) {
	if name != "" {
		v, _ = image.Get(name)
	}
	return v
}
