package preview

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Print writes the rows as a table of change | document difference | event | audit line, width columns wide.
func Print(out io.Writer, rows []Row, width int) error {
	t := newTable(width)
	t.row([]string{"change"}, []string{"document difference"}, []string{"event"}, []string{"audit line"})
	for i, row := range rows {
		t.line()
		t.row(row.change(i+1), row.documents(), row.events(), row.audit())
		for _, note := range row.Notes {
			t.note("! " + note)
		}
		for _, p := range row.Parked {
			t.note("! parked for " + strings.TrimSpace(p.Outlet+" "+p.Event) + ": " + p.Reason)
		}
	}
	_, err := out.Write(t.Bytes())
	return err
}

func (r *Row) change(number int) []string {
	if r.Change.Entity == "" && r.Change.Keys == nil {
		return []string{fmt.Sprintf("%2d  does not decode", number)}
	}
	entity := r.Change.Entity
	if entity == "" {
		entity = "(unmatched)"
	}
	lines := []string{fmt.Sprintf("%2d  %s %s", number, r.Change.Op, entity), "    " + plainKeys(r.Change.Keys)}
	if r.Change.Cause == "ttl" {
		lines = append(lines, "    by the table's TTL")
	}
	return lines
}

// plainKeys shows the key's values as a person would write them.
func plainKeys(keys json.RawMessage) string {
	var typed map[string]map[string]string
	if json.Unmarshal(keys, &typed) != nil {
		return string(keys)
	}
	var values []string
	for _, name := range slices.Sorted(maps.Keys(typed)) {
		for _, value := range typed[name] {
			values = append(values, value)
		}
	}
	return strings.Join(values, " ")
}

func (r *Row) documents() []string {
	var lines []string
	for _, d := range r.Documents {
		lines = append(lines, d.ID+d.state())
		lines = append(lines, d.difference()...)
	}
	return lines
}

// state says what became of the document, where its fields alone do not.
func (d *Document) state() string {
	before, after := fields(d.Before), fields(d.After)
	switch {
	case !d.Applied:
		return " unchanged: older than what it holds"
	case visible(after) && !visible(before) && d.Before != nil:
		return " visible"
	case !visible(after) && visible(before):
		return " deleted (tombstone)"
	case !visible(after):
		return " hidden until its root comes"
	}
	return ""
}

func (d *Document) difference() []string {
	before, after := fields(d.Before), fields(d.After)
	names := slices.AppendSeq(slices.Collect(maps.Keys(before)), maps.Keys(after))
	slices.Sort(names)
	var lines []string
	for _, name := range slices.Compact(names) {
		old, was := before[name]
		current, is := after[name]
		switch {
		case name == "outflow" || bytes.Equal(old, current):
		case !was:
			lines = append(lines, fmt.Sprintf("+ %s %s", name, current))
		case !is:
			lines = append(lines, "- "+name)
		default:
			lines = append(lines, fmt.Sprintf("~ %s %s -> %s", name, old, current))
		}
	}
	return lines
}

func (r *Row) events() []string {
	var lines []string
	for _, detail := range r.Events {
		var event struct {
			Metadata struct{ Type string }
			Data     json.RawMessage
			Changed  []string
		}
		if err := json.Unmarshal(detail, &event); err != nil {
			lines = append(lines, err.Error())
			continue
		}
		lines = append(lines, event.Metadata.Type, string(event.Data))
		if len(event.Changed) > 0 {
			lines = append(lines, "changed "+strings.Join(event.Changed, ", "))
		}
	}
	return lines
}

func (r *Row) audit() []string {
	var line struct {
		Op, Cause, OldHash, NewHash, Reason string
		View                                struct{ Changed []string }
	}
	if err := json.Unmarshal(r.Audit, &line); err != nil {
		return []string{err.Error()}
	}
	if line.Reason != "" {
		return []string{"kept raw, whole"}
	}
	lines := []string{fmt.Sprintf("%s by %s", line.Op, r.Change.author())}
	lines = append(lines, fmt.Sprintf("image %s -> %s", short(line.OldHash), short(line.NewHash)))
	if len(line.View.Changed) > 0 {
		lines = append(lines, "changed "+strings.Join(line.View.Changed, ", "))
	}
	return lines
}

// author says who made the change, and on what evidence.
func (c *Change) author() string {
	switch {
	case c.Cause == "ttl":
		return "TTL"
	case c.Actor != "":
		return c.Actor + " (fresh " + c.Evidence + ")"
	case c.Carried != "":
		return "nobody known (carries " + c.Carried + ")"
	}
	return "nobody known"
}

func short(hash string) string {
	if hash == "" {
		return "none"
	}
	return hash[:8]
}

func fields(source json.RawMessage) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	if source != nil && json.Unmarshal(source, &all) != nil {
		return map[string]json.RawMessage{"": source}
	}
	return all
}

func visible(fields map[string]json.RawMessage) bool {
	var reserved struct{ Deleted bool }
	return fields["outflow"] != nil && json.Unmarshal(fields["outflow"], &reserved) == nil && !reserved.Deleted
}

// table lays out four columns of wrapped text.
type table struct {
	bytes.Buffer
	widths [4]int
}

func newTable(width int) *table {
	rest := width - 3*len(" | ")
	t := &table{}
	t.widths = [4]int{rest * 22 / 100, rest * 32 / 100, rest * 22 / 100, 0}
	t.widths[3] = rest - t.widths[0] - t.widths[1] - t.widths[2]
	return t
}

func (t *table) row(cells ...[]string) {
	for i := range cells {
		for j := range cells[i] {
			cells[i][j] = harmless(cells[i][j])
		}
		cells[i] = wrap(cells[i], t.widths[i])
	}
	for line := range max(1, len(cells[0]), len(cells[1]), len(cells[2]), len(cells[3])) {
		var out strings.Builder
		for i, cell := range cells {
			text := ""
			if line < len(cell) {
				text = cell[line]
			}
			if i > 0 {
				out.WriteString(" | ")
			}
			out.WriteString(text + strings.Repeat(" ", t.widths[i]-utf8.RuneCountInString(text)))
		}
		t.WriteString(strings.TrimRight(out.String(), " ") + "\n")
	}
}

func (t *table) line() {
	for i, w := range t.widths {
		if i > 0 {
			t.WriteString("-+-")
		}
		t.WriteString(strings.Repeat("-", w))
	}
	t.WriteByte('\n')
}

func (t *table) note(text string) {
	t.WriteString("  " + harmless(text) + "\n")
}

// harmless writes out what a terminal would obey or not show: control and format characters.
func harmless(text string) string {
	if !strings.ContainsFunc(text, isUnseen) {
		return text
	}
	var out strings.Builder
	for _, r := range text {
		if isUnseen(r) {
			out.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}

func isUnseen(r rune) bool { return unicode.Is(unicode.C, r) || r == '\u2028' || r == '\u2029' }

// wrap cuts lines that are wider than width; what continues a line is indented.
func wrap(lines []string, width int) []string {
	var out []string
	for _, line := range lines {
		runes := []rune(line)
		for len(runes) > width {
			at := breakAt(runes, width)
			out = append(out, strings.TrimRight(string(runes[:at]), " "))
			runes = append([]rune("  "), runes[at:]...)
		}
		out = append(out, string(runes))
	}
	return out
}

// breakAt is where to cut: behind the last space or comma in the second half of the line, or at its end.
func breakAt(runes []rune, width int) int {
	for i := width; i > width/2; i-- {
		if runes[i-1] == ' ' || runes[i-1] == ',' {
			return i
		}
	}
	return width
}
