//go:build unix && !linux

package lambda

import (
	"os/exec"
	"strconv"
	"strings"
)

// peakResident is what the process has in memory now, in bytes: there is no peak to be read here.
func peakResident(pid int) (int64, error) {
	out, err := exec.Command("ps", "-o", "rss=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return 0, err
	}
	kib, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	return kib << 10, err
}
