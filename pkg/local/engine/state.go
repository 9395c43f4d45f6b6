package engine

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"sync"
	"time"
)

// State says whether an engine answers.
type State struct {
	Name     Name
	Title    string // for people
	Endpoint string
	PID      int   // 0 where it was given, or runs in Docker
	Err      error // why it does not answer; nil where it does
}

// lookPatience is how long an engine may take to answer: on a machine that is busy, or in a long collection of garbage,
// it is slow, not down.
const lookPatience = 10 * time.Second

// Look asks each engine of the plan whether it answers as it should.
func (e *Engines) Look(ctx context.Context) []State {
	ctx, cancel := context.WithTimeout(ctx, lookPatience)
	defer cancel()
	pids := map[Name]int{}
	for _, r := range e.Running() {
		pids[r.Name] = r.PID
	}
	var states []State
	for _, name := range Names() {
		if endpoint := *e.endpoint(name); endpoint != "" {
			states = append(states, State{Name: name, Title: releases[name].title, Endpoint: endpoint, PID: pids[name]})
		}
	}
	var all sync.WaitGroup
	for i := range states {
		all.Go(func() { states[i].Err = ready(states[i].Name, states[i].Endpoint)(ctx) })
	}
	all.Wait()
	return states
}

// ready is the probe of an engine that somebody started.
func ready(name Name, endpoint string) probe {
	switch name {
	case DynamoDB:
		return dynamoReady(endpoint)
	case OpenSearch:
		return openSearchReady(endpoint, "")
	default:
		return s3Ready(endpoint)
	}
}

// WhileFree does something while no program uses the folder and none can begin to, or answers a BusyError. It does
// nothing where there is no such folder.
func WhileFree(dir string, do func() error) error {
	held, err := take(filepath.Join(dir, "lock"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(do(), held.release())
}
