package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/outflow-dev/outflow/pkg/search"
)

// print shows the report on one screen, a place after the other.
func (r *report) print(out io.Writer) error {
	var b bytes.Buffer
	entity := "no entity"
	if r.Entity != "" {
		entity = r.Entity + " " + string(r.EntityKey)
	}
	fmt.Fprintf(&b, "%s  %s\n", entity, r.Key)
	item := string(r.Item)
	if item == "null" {
		item = "not in the table"
	}
	r.section(&b, "item", []string{item})
	r.section(&b, "documents", r.documentRows())
	r.section(&b, "events", r.eventRows())
	r.section(&b, "audit", r.rows)
	r.section(&b, "parked", r.parkedRows())
	for _, list := range []struct {
		name string
		rows []string
	}{{"notes", r.Notes}, {"UNPROVEN", r.Unproven}, {"WRONG", r.Wrong}, {"NOT LOOKED AT", r.Failed}} {
		if len(list.rows) > 0 {
			r.section(&b, list.name, list.rows)
		}
	}
	b.WriteString("\n" + r.conclusion() + "\n")
	_, err := b.WriteTo(out)
	return err
}

func (r *report) section(b *bytes.Buffer, name string, rows []string) {
	fmt.Fprintf(b, "\n%s\n", name)
	if len(rows) == 0 {
		rows = []string{"none"}
	}
	for _, row := range rows {
		fmt.Fprintf(b, "  %s\n", row)
	}
}

func (r *report) conclusion() string {
	switch {
	case len(r.Failed) > 0:
		return "Not every place could be looked at."
	case len(r.Wrong) > 0:
		return "Something is wrong, or a change is still on its way: then ask again in a second."
	case len(r.Unproven) > 0:
		return "Nothing is wrong as far as can be told."
	case r.isEmpty():
		return "No place knows this key."
	}
	return "Item, documents and audit lines agree, and nothing of it is open in parking."
}

func (r *report) documentRows() []string {
	var rows []string
	for _, d := range r.Documents {
		row := d.Index + " " + d.ID
		if d.Part != search.Root {
			row += " (part " + d.Part + ")"
		}
		if d.Source == nil {
			rows = append(rows, row+"  not found by readers")
			continue
		}
		rows = append(rows, row, "  "+string(d.Source))
	}
	return rows
}

func (r *report) eventRows() []string {
	var rows []string
	for _, line := range r.Events {
		var event struct {
			Type   string `json:"detail-type"`
			Time   string `json:"time"`
			Detail struct {
				Metadata struct {
					ID string `json:"id"`
				} `json:"metadata"`
				Data json.RawMessage `json:"data"`
			} `json:"detail"`
		}
		if err := json.Unmarshal(line, &event); err != nil {
			rows = append(rows, string(line))
			continue
		}
		rows = append(rows, fmt.Sprintf("%s  %s  %s  id %s", event.Time, event.Type, event.Detail.Data, event.Detail.Metadata.ID))
	}
	return rows
}

func (r *report) parkedRows() []string {
	var rows []string
	for i := range r.Parked {
		rows = append(rows, entryText(&r.Parked[i].Entry), "  "+r.Parked[i].Reason)
	}
	return rows
}
