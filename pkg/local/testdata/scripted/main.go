// Command scripted is a function that does what a script says: one step for each invocation, the last step for all that
// follow. It notes in a journal what each got, before it does anything else.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
)

// invocation is a line of the journal.
type invocation struct {
	PID   int
	Event json.RawMessage
}

type handler struct {
	steps   []string
	journal string
}

func main() {
	h := handler{strings.Split(os.Getenv("SCRIPT"), "\n"), os.Getenv("JOURNAL")}
	if h.steps[0] == "init fails" {
		log.Fatal("a setting is missing")
	}
	lambda.Start(h)
}

// Invoke implements lambda.Handler.
func (h handler) Invoke(_ context.Context, event []byte) ([]byte, error) {
	n, err := h.note(event)
	if err != nil {
		log.Fatal(err)
	}
	step := h.steps[min(n, len(h.steps))-1]
	switch step {
	case "error":
		return nil, errors.New("told to fail")
	case "panic":
		panic("told to panic")
	case "exit":
		os.Exit(7)
	case "hang":
		select {}
	case "leak":
		return leak(), nil
	case "large":
		return fmt.Appendf(nil, "%q", strings.Repeat("x", 6<<20+100)), nil
	case "meet":
		return nil, h.meet()
	}
	return []byte(step), nil
}

// note appends to the journal and returns how many lines it has now.
func (h handler) note(event []byte) (int, error) {
	line, err := json.Marshal(invocation{os.Getpid(), event})
	if err != nil {
		return 0, err
	}
	f, err := os.OpenFile(h.journal, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if _, err := f.Write(append(line, '\n')); err != nil {
		return 0, err
	}
	content, err := os.ReadFile(h.journal)
	return strings.Count(string(content), "\n"), err
}

// meet waits until two invocations have begun: neither ends before, so they run at the same time.
func (h handler) meet() error {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		content, err := os.ReadFile(h.journal)
		if err != nil || strings.Count(string(content), "\n") > 1 {
			return err
		}
	}
	return nil
}

// leak touches far more memory than the function has.
func leak() []byte {
	var kept [][]byte
	for range 2000 {
		chunk := make([]byte, 1<<20)
		for i := 0; i < len(chunk); i += 4096 {
			chunk[i] = 1
		}
		kept = append(kept, chunk)
	}
	return fmt.Append(nil, len(kept))
}
