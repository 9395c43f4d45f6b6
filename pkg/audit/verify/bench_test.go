package verify_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/auditlog"
	"github.com/outflow-dev/outflow/pkg/audit/verify"
)

// The speed of a verification, over a log in a folder whose lines have about 500 bytes. OUTFLOW_VERIFY_LINES says how many
// there are (200,000), OUTFLOW_VERIFY_DIR keeps the folder.
func BenchmarkVerify(b *testing.B) {
	lines, folder := 200_000, b.TempDir()
	if given := os.Getenv("OUTFLOW_VERIFY_LINES"); given != "" {
		var err error
		lines, err = strconv.Atoi(given)
		require.NoError(b, err)
	}
	if given := os.Getenv("OUTFLOW_VERIFY_DIR"); given != "" {
		folder = given
	}
	folder = filepath.Join(folder, fmt.Sprintf("lines-%d", lines))
	config := auditlog.Config{Items: max(10, lines/10), Changes: lines, Span: 48 * time.Hour, SegmentLines: 1000}
	log, err := auditlog.Write(config, auditlog.Folder(folder))
	require.NoError(b, err)
	runtime.GC()
	for _, hashOnly := range []bool{true, false} {
		b.Run(map[bool]string{true: "hashes", false: "everything"}[hashOnly], func(b *testing.B) {
			before := cpuTime(b)
			for b.Loop() {
				r, err := verify.Verify(b.Context(), verify.Config{Log: log.Name, Source: verify.Folder(folder), Keys: log.Keys[:1],
					Now: log.End, HashOnly: hashOnly})
				require.NoError(b, err)
				require.Equal(b, verify.Fine, r.Status, "%+v", r.Findings)
				require.Equal(b, log.Lines, r.Lines)
			}
			b.ReportMetric(float64(log.Lines)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
			b.ReportMetric(float64(log.Lines)*float64(b.N)/(cpuTime(b)-before).Seconds(), "lines/s-of-a-processor")
			b.ReportMetric(peakMemory(b), "peak-MB")
		})
	}
}

// cpuTime is what the process has used of all processors: beside others' work the time on the wall says little.
func cpuTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// peakMemory is the most resident memory that the process ever had, 0 where the system does not tell.
func peakMemory(b *testing.B) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(status) {
		if rest, found := strings.CutPrefix(string(line), "VmHWM:"); found {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			require.NoError(b, err)
			return kb / 1024
		}
	}
	return 0
}
