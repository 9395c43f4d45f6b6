package lambda

import (
	"fmt"
	"io"
	"log"
	"math"
	"strings"
	"sync"
	"time"
)

// lineLog is the function's log: whole lines, one writer at a time. It remembers the first failure, which Stop
// returns; an invocation does not fail for its log.
type lineLog struct {
	mu  sync.Mutex
	out io.Writer
	err error
}

func (l *lineLog) write(lines []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := l.out.Write(lines); err != nil && l.err == nil {
		l.err = fmt.Errorf("write the function's log: %w", err)
	}
}

func (l *lineLog) printf(format string, args ...any) { l.write(fmt.Appendf(nil, format+"\n", args...)) }

func (l *lineLog) failure() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

func (l *lineLog) standard() *log.Logger { return log.New(writerFunc(l.write), "", 0) }

type writerFunc func([]byte)

func (f writerFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}

// initReport logs an init that failed; of one that did not, REPORT tells.
func (l *lineLog) initReport(phase string, took time.Duration, end ending, kind string) {
	l.printf("INIT_REPORT Init Duration: %.2f ms\tPhase: %s\tStatus: %s\tError Type: %s",
		milliseconds(took), phase, status(end == timedOut), kind)
}

// report logs END and REPORT in Lambda's format.
func (l *lineLog) report(r *Result, memory int) {
	var b strings.Builder
	fmt.Fprintf(&b, "END RequestId: %s\nREPORT RequestId: %s\t", r.RequestID, r.RequestID)
	took := milliseconds(r.Duration)
	fmt.Fprintf(&b, "Duration: %.2f ms\tBilled Duration: %.0f ms\t", took, math.Ceil(took))
	fmt.Fprintf(&b, "Memory Size: %d MB\tMax Memory Used: %d MB\t", memory, r.MaxMemory>>20)
	if r.Cold {
		fmt.Fprintf(&b, "Init Duration: %.2f ms\t", milliseconds(r.InitDuration))
	}
	if r.Outcome != Succeeded && r.Outcome != Failed {
		fmt.Fprintf(&b, "Status: %s\tError Type: %s\t", status(r.Outcome == TimedOut), r.Error.Type)
	}
	l.printf("%s", b.String())
}

func status(timeout bool) string {
	if timeout {
		return "timeout"
	}
	return "error"
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
