package engine

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
)

// Source says where an engine comes from.
type Source string

// The sources, in the order in which Preflight prefers them.
const (
	Given    Source = "given"    // an endpoint by option or environment; nothing is started
	Docker   Source = "docker"   // an image, because that was asked for
	Cached   Source = "cached"   // fetched before
	Download Source = "download" // Fetch brings it
)

// Item is what the plan says of one engine.
type Item struct {
	Name     Name
	Source   Source
	Why      string // for a person: which option, variable or folder decided
	Endpoint string // where Source is Given
	Port     int    // the port asked for; 0 means a free one
	Path     string // the engine's folder in the cache, where Source is Cached or Download
	Java     JDK    // what runs it, for the engines that need Java
}

// Problem is one thing that keeps a plan from being carried out.
type Problem struct {
	Subject string // an engine or a folder
	What    string
	Next    string // what to do about it, in one line
}

func (p Problem) String() string { return fmt.Sprintf("%s: %s; %s", p.Subject, p.What, p.Next) }

// Plan is what Preflight found.
type Plan struct {
	Items    []Item
	Cache    string // folder of fetched engines
	HeapMB   int    // OpenSearch's heap in MiB
	Problems []Problem
	// AccessKeyID and SecretAccessKey are what all engines of the plan accept: the environment's where an endpoint
	// was given, else made-up ones.
	AccessKeyID, SecretAccessKey string

	maven, golang, docker string // paths of the tools that the plan needs; "" for those it does not
}

// Err joins the plan's problems; nil means that Fetch and Start can go ahead.
func (p Plan) Err() error {
	faults := make([]error, len(p.Problems))
	for i, problem := range p.Problems {
		faults[i] = errors.New(problem.String())
	}
	return errors.Join(faults...)
}

// item returns the plan for one engine, or nil where it is not wanted.
func (p Plan) item(name Name) *Item {
	for i := range p.Items {
		if p.Items[i].Name == name {
			return &p.Items[i]
		}
	}
	return nil
}

// downloads are the items that Fetch brings.
func (p Plan) downloads() []Item {
	var missing []Item
	for _, item := range p.Items {
		if item.Source == Download {
			missing = append(missing, item)
		}
	}
	return missing
}

// String is a table for people: a line per engine, then what is missing and how to get it.
func (p Plan) String() string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, item := range p.Items {
		r := releases[item.Name]
		say(table, "%s\t%s\t%s\t%s\n", r.title, r.version, item.Source, item.Why)
	}
	_ = table.Flush() // a strings.Builder takes everything
	for _, problem := range p.Problems {
		say(&text, "\n! %s: %s\n  %s\n", problem.Subject, problem.What, problem.Next)
	}
	return text.String()
}
