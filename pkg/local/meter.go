package local

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"sync"
)

// Meter passes a function's log on and adds up the metrics in it, as CloudWatch does with lines in its embedded metric
// format. It gets whole lines, and is safe for use by several goroutines.
type Meter struct {
	Out io.Writer

	mu     sync.Mutex
	counts map[string]map[string]int // by outlet, "" for the function as a whole, and by metric
}

// Write implements io.Writer.
func (m *Meter) Write(lines []byte) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for line := range bytes.Lines(lines) {
		if line[0] == '{' && bytes.Contains(line, []byte(`"_aws"`)) {
			m.take(line)
		}
	}
	return m.Out.Write(lines)
}

// take adds the counts of a line; other units, such as milliseconds, do not add up. What is no metric is nobody's fault
// here: a function may log what it likes.
func (m *Meter) take(line []byte) {
	var metrics struct {
		Outlet string
		AWS    struct {
			CloudWatchMetrics []struct {
				Metrics []struct{ Name, Unit string }
			}
		} `json:"_aws"`
	}
	var values map[string]json.RawMessage
	if json.Unmarshal(line, &metrics) != nil || json.Unmarshal(line, &values) != nil {
		return
	}
	for _, set := range metrics.AWS.CloudWatchMetrics {
		for _, metric := range set.Metrics {
			var n int
			if metric.Unit == "Count" && json.Unmarshal(values[metric.Name], &n) == nil {
				m.add(metrics.Outlet, metric.Name, n)
			}
		}
	}
}

func (m *Meter) add(outlet, metric string, n int) {
	if m.counts == nil {
		m.counts = map[string]map[string]int{}
	}
	if m.counts[outlet] == nil {
		m.counts[outlet] = map[string]int{}
	}
	m.counts[outlet][metric] += n
}

// Counts are the sums so far by outlet, "" for the function as a whole, and by metric.
func (m *Meter) Counts() map[string]map[string]int {
	m.mu.Lock()
	defer m.mu.Unlock()
	counts := make(map[string]map[string]int, len(m.counts))
	for outlet, metrics := range m.counts {
		counts[outlet] = maps.Clone(metrics)
	}
	return counts
}
