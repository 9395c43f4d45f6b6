package engine

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// identity tells one process from every other, also from a later one that gets the same id.
type identity struct {
	PID     int    `json:"pid"`
	Started string `json:"started"` // boot and clock ticks where there is /proc, else the time that ps prints
}

// errGone says that no process of that id runs; a zombie, which only waits for its parent, does not run.
var errGone = errors.New("no such process")

// look returns the identity and the command line of the process that has this id now, or errGone.
func look(pid int) (identity, string, error) {
	if _, err := os.Stat("/proc/self/stat"); err == nil {
		return lookProc(pid)
	}
	return lookPS(pid)
}

// lookProc reads Linux's /proc: fields 3 (state) and 22 (start in ticks since boot) of stat, which follow the name
// in parentheses.
func lookProc(pid int) (identity, string, error) {
	folder := fmt.Sprintf("/proc/%d/", pid)
	stat, err := os.ReadFile(folder + "stat")
	line, err2 := os.ReadFile(folder + "cmdline")
	if err != nil || err2 != nil {
		return identity{}, "", errGone // nothing else makes these unreadable
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 20 {
		return identity{}, "", fmt.Errorf("read %sstat: %q is cut short", folder, stat)
	}
	if fields[0] == "Z" || fields[0] == "X" {
		return identity{}, "", errGone
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return identity{}, "", fmt.Errorf("read the id of this boot: %w", err)
	}
	started := strings.TrimSpace(string(boot)) + "/" + fields[19]
	return identity{PID: pid, Started: started}, string(bytes.ReplaceAll(line, []byte{0}, []byte{' '})), nil
}

// lookPS asks ps, with the options that POSIX and macOS share: state, five words of start time, command line.
func lookPS(pid int) (identity, string, error) {
	cmd := exec.Command("ps", "-ww", "-o", "state=", "-o", "lstart=", "-o", "command=", "-p", strconv.Itoa(pid))
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	output, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return identity{}, "", fmt.Errorf("look for process %d: %w", pid, err)
	}
	words := strings.Fields(string(output))
	if err != nil || len(words) < 7 || strings.HasPrefix(words[0], "Z") {
		return identity{}, "", errGone
	}
	return identity{PID: pid, Started: strings.Join(words[1:6], " ")}, strings.Join(words[6:], " "), nil
}

// alive says whether this very process still runs.
func (id identity) alive() bool {
	now, _, err := look(id.PID)
	return err == nil && now == id
}
