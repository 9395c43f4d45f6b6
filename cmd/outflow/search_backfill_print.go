package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/outflow-dev/outflow/pkg/search/backfill"
)

// begin prints the plan.
func (p *backfillProgress) begin() error {
	if p.began.IsZero() {
		p.began = time.Now()
	}
	resumed := p.plan.Resumes()
	if resumed != nil {
		p.start = resumed.Counts.Seen
	}
	if p.asJSON {
		e := backfillEvent{Event: "plan", Plan: p.plan}
		if resumed != nil {
			e.Resumed = &resumed.Counts
		}
		return printJSON(p.out, "", e)
	}
	var b strings.Builder
	of := &p.plan.Of
	fmt.Fprintf(&b, "reads    %s: %s%s\n", of.Table, of.Source, filterText(of))
	fmt.Fprintf(&b, "items    %s\n", itemsText(p.plan))
	for _, x := range of.Indexes {
		fmt.Fprintf(&b, "into     %s, made %s\n", x.Name, x.Created.UTC().Format(time.RFC3339))
	}
	for _, note := range p.plan.Notes {
		fmt.Fprintf(&b, "note     %s\n", note)
	}
	if resumed != nil {
		fmt.Fprintf(&b, "goes on  after %d items, begun %s\n", p.start, resumed.Began.Format(time.RFC3339))
	}
	_, err := io.WriteString(p.out, b.String())
	return err
}

// goOn takes the state that a function is to go on from, nil for none, before there is a plan: its time counts.
func (p *backfillProgress) goOn(cursor []byte) error {
	p.began = time.Now()
	if cursor == nil {
		return nil
	}
	var state backfill.State
	if err := json.Unmarshal(cursor, &state); err != nil {
		return fmt.Errorf("%w: it is not whole: %w", backfill.ErrOther, err)
	}
	p.start = state.Counts.Seen
	return nil
}

func filterText(of *backfill.Identity) string {
	text := ""
	if of.Entity != "" {
		text += ", of documents of " + of.Entity
	}
	if of.Prefix != "" {
		text += fmt.Sprintf(", partition keys that begin with %q", of.Prefix)
	}
	return text
}

func itemsText(plan *backfill.Plan) string {
	if plan.Bytes == 0 {
		return strconv.Itoa(plan.Items)
	}
	return fmt.Sprintf("about %d, %.1f MB, so about %d read units (as of the last six hours)", plan.Items, float64(plan.Bytes)/1e6,
		plan.Bytes/4096+1)
}

// end prints how it has ended; poison is the file of refused items.
func (p *backfillProgress) end(state *backfill.State, fault error, poison func() string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, complete := &state.Counts, fault == nil
	if p.asJSON {
		e := backfillEvent{Event: "end", Counts: c, Complete: &complete}
		if fault != nil {
			e.Error = fault.Error()
		}
		p.write(&e)
		return p.unwritten
	}
	var b strings.Builder
	for _, item := range p.refused {
		fmt.Fprintf(&b, "REFUSED  %s  %s\n", item.Key, item.Reason)
	}
	if file := poison(); c.Poison > 0 && file != "" {
		fmt.Fprintf(&b, "%d refused, listed in %s: mend the items or the model, and give their keys to --keys\n", c.Poison, file)
	}
	word := "complete"
	if !complete {
		word = "so far"
	}
	fmt.Fprintf(&b, "%s: %d items read in %d pages: %d new, %d as they were, %d read anew, %d without a document, %d refused\n",
		word, c.Seen, c.Pages, c.Created, c.Equal, c.Read, c.Unmatched, c.Poison)
	_, err := io.WriteString(p.out, b.String())
	return err
}
