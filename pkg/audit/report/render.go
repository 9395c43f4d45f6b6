package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"time"
)

//go:embed page.html
var page string

// Render writes the page.
func (r *Report) Render(out io.Writer) error {
	t, err := template.New("page").Funcs(template.FuncMap{"time": moment, "known": known, "round": round}).Parse(page)
	if err != nil {
		return fmt.Errorf("read the page's template: %w", err)
	}
	if err := t.Execute(out, r); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

func moment(at time.Time) string {
	if at.IsZero() {
		return "none"
	}
	return at.UTC().Format("2006-01-02 15:04:05 UTC")
}

// known is a name, or what stands for none.
func known(none, name string) string {
	if name == "" {
		return none
	}
	return name
}

func round(d time.Duration) string { return d.Round(time.Second).String() }
