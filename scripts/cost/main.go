// Command cost writes what a month costs into docs/cost.md: Outflow, and Pipes with OpenSearch Ingestion and Firehose doing
// the same. Everything that the figures rest on is a named constant in prices.go and load.go; change those to yours.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

//go:generate go run . ../../docs/cost.md

const begin, end = "<!-- figures -->\n", "<!-- end -->\n"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "cost:", err)
		os.Exit(1) //nolint:forbidigo // the one place that exits
	}
}

// run prints the figures, or writes them into a page between the lines begin and end.
func run(args []string) error {
	figures := write(scales)
	if len(args) == 0 {
		_, err := os.Stdout.Write(figures)
		return err
	}
	content, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	before, rest, found := bytes.Cut(content, []byte(begin))
	_, after, closed := bytes.Cut(rest, []byte(end))
	if !found || !closed {
		return errors.New(args[0] + " has no lines " + begin + end)
	}
	return os.WriteFile(args[0], slices.Concat(before, []byte(begin), figures, []byte(end), after), 0o644)
}

func write(scales []float64) []byte {
	var out bytes.Buffer
	ours, theirs := map[float64]float64{}, map[float64]float64{}
	for _, changes := range scales {
		l := newLoad(changes)
		fmt.Fprintf(&out, "\n### %s changes a month (%.2f a second)\n\n", thousands(changes), l.perSecond)
		ours[changes] = table(&out, "Outflow", l.outflow())
		theirs[changes] = table(&out, "Pipes + OpenSearch Ingestion + Firehose", l.managed())
	}
	out.WriteString("\n### For each million changes\n\n| changes a month | Outflow | managed |\n|---:|---:|---:|\n")
	for _, changes := range scales {
		millions := changes / million
		fmt.Fprintf(&out, "| %s | $%.2f | $%.2f |\n", thousands(changes), ours[changes]/millions, theirs[changes]/millions)
	}
	out.WriteString("\n")
	return out.Bytes()
}

// table writes the lines of one pipeline and returns what they come to, in dollars.
func table(out *bytes.Buffer, name string, lines []line) float64 {
	fmt.Fprintf(out, "| %s | quantity | each | dollars |\n|---|---:|---:|---:|\n", name)
	total := 0.0
	for _, l := range lines {
		total += l.dollars()
		fmt.Fprintf(out, "| %s | %s | %s | %.2f |\n", l.what, strings.TrimSpace(thousands(l.quantity)+" "+l.unit), each(l.price), l.dollars())
	}
	fmt.Fprintf(out, "| **all** | | | **%.2f** |\n\n", total)
	return total
}

// each writes a price, of a million where one is too little to read.
func each(price float64) string {
	switch {
	case price == 0:
		return "free"
	case price < 0.001:
		return fmt.Sprintf("$%.2f a million", price*million)
	}
	return fmt.Sprintf("$%.3g", price)
}

// thousands writes a quantity for people: 12,345, and two digits after the point where it is small.
func thousands(quantity float64) string {
	if quantity < 100 {
		return fmt.Sprintf("%.2f", quantity)
	}
	text := fmt.Sprintf("%.0f", quantity)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
