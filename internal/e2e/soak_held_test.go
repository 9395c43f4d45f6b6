package e2e_test

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What may have grown between the first round and the last. The test's own memory of what the watcher saw, one entry a
// document and version, is allowed for by the change.
const (
	maxGoroutines    = 20
	maxFiles         = 20
	maxHeap          = 32 << 20
	maxHeapPerChange = 1 << 10
	maxConsumer      = 64 << 20 // of one instance's resident memory
)

// held is what this process (mapping, bus, runtime host, proxies and the test itself) and the consumer's instances hold
// while nothing is to do.
type held struct {
	changes           int
	goroutines, files int
	heap, resident    int64
	instances         int
	instanceFiles     int   // of all
	instanceResident  int64 // of the largest
}

func (w *world) hold(t *testing.T) held {
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	h := held{
		changes: w.Mapping().Metrics.PolledEventCount, goroutines: runtime.NumGoroutine(), heap: int64(memory.HeapAlloc),
		instances: len(w.Instances()),
	}
	h.files, h.resident = process(t, os.Getpid())
	for _, pid := range w.Instances() {
		files, resident := process(t, pid)
		h.instanceFiles, h.instanceResident = h.instanceFiles+files, max(h.instanceResident, resident)
	}
	return h
}

// process reads a process's open files and its resident memory in bytes, as Linux shows them.
func process(t *testing.T, pid int) (files int, resident int64) {
	folder := "/proc/" + strconv.Itoa(pid)
	open, err := os.ReadDir(folder + "/fd")
	require.NoError(t, err, "a soak needs Linux's /proc")
	status, err := os.ReadFile(folder + "/status")
	require.NoError(t, err)
	_, after, found := bytes.Cut(status, []byte("VmRSS:"))
	require.True(t, found, "%s", status)
	kib, err := strconv.ParseInt(string(bytes.Fields(after)[0]), 10, 64)
	require.NoError(t, err)
	return len(open), kib << 10
}

func (h *held) line(when string, after time.Duration, changes int) string {
	const mib = 1 << 20
	return fmt.Sprintf("%-8s %6s %8d changes | host: %4d goroutines %4d files %4d MiB heap %4d MiB resident"+
		" | consumer: %d processes %3d files %4d MiB resident",
		when, after.Round(time.Second), changes, h.goroutines, h.files, h.heap/mib, h.resident/mib,
		h.instances, h.instanceFiles, h.instanceResident/mib)
}

func requireNoLeak(t *testing.T, first, last held) {
	changes := int64(last.changes - first.changes)
	require.Positive(t, changes, "nothing happened between the first round and the last")
	require.LessOrEqual(t, last.goroutines, first.goroutines+maxGoroutines, "goroutines")
	require.LessOrEqual(t, last.files, first.files+maxFiles, "open files")
	require.LessOrEqual(t, last.heap, first.heap+maxHeap+changes*maxHeapPerChange, "heap after collection")
	require.LessOrEqual(t, last.instances, first.instances, "instances of the consumer")
	require.LessOrEqual(t, last.instanceFiles, first.instanceFiles+maxFiles, "open files of the consumer")
	require.LessOrEqual(t, last.instanceResident, first.instanceResident+maxConsumer, "resident memory of the consumer")
}
