package console

import (
	"bytes"
	_ "embed" // the page
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

//go:embed page.html
var pageText string

// pages are the page, and its "content", which is all that changes.
var pages = template.Must(template.New("page").Funcs(template.FuncMap{
	"counts": Counts, "age": ageText, "clock": func(t time.Time) string { return t.Local().Format(time.TimeOnly) },
}).Parse(pageText))

// Counts lists what was counted, but for zeros, for people.
func Counts(counts map[string]int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		if counts[name] != 0 {
			parts = append(parts, fmt.Sprintf("%s %d", name, counts[name]))
		}
	}
	if len(parts) == 0 {
		return "nothing yet"
	}
	return strings.Join(parts, ", ")
}

func ageText(now time.Time, then *time.Time) string {
	if then == nil {
		return ""
	}
	return Age(now.Sub(*then))
}

func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	content, err := render("page", s.config.Look(r.Context()))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy",
		"default-src 'none'; connect-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'")
	_, _ = w.Write(content) // fails only where the reader is gone
}

func render(name string, s Status) ([]byte, error) {
	var b bytes.Buffer
	err := pages.ExecuteTemplate(&b, name, s)
	return b.Bytes(), err
}

// events sends the page's content until the reader goes or the server stops.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	tick := time.NewTicker(s.config.Refresh)
	defer tick.Stop()
	for {
		content, err := render("content", s.config.Look(r.Context()))
		if err == nil {
			_, err = fmt.Fprintf(w, "data: %s\n\n", bytes.ReplaceAll(content, []byte("\n"), []byte("\ndata: ")))
		}
		if err == nil {
			err = http.NewResponseController(w).Flush()
		}
		if err != nil { // the reader is gone; the page itself would have shown a fault of the template
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
		}
	}
}
