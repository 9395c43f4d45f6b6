package engine

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
)

// The range that free ports are chosen from: below the ports that Linux (32768) and macOS (49152) give to outgoing
// connections, one of which could otherwise take the port in the seconds that an engine needs to come up.
const firstPort, lastPort = 20000, 32000

// port is a claim on a port of this machine among all programs that use the same cache; it lasts as long as its lock.
type port struct {
	number int
	claim  *lock
}

// claimPort claims the port asked for, or a free one where none is.
func claimPort(cache string, asked int) (port, error) {
	folder := filepath.Join(cache, "ports")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return port{}, fmt.Errorf("claim a port: %w", err)
	}
	if asked != 0 {
		return claimOne(folder, asked)
	}
	var err error
	for range 100 {
		var claimed port
		if claimed, err = claimOne(folder, firstPort+rand.IntN(lastPort-firstPort)); err == nil {
			return claimed, nil
		}
	}
	return port{}, fmt.Errorf("find a free port between %d and %d: %w", firstPort, lastPort, err)
}

func claimOne(folder string, number int) (port, error) {
	claim, err := take(filepath.Join(folder, strconv.Itoa(number)))
	var busy *BusyError
	if errors.As(err, &busy) {
		return port{}, fmt.Errorf("port %d is in use: process %d has claimed it", number, busy.PID)
	}
	if err != nil {
		return port{}, fmt.Errorf("claim port %d: %w", number, err)
	}
	if err := tryPort(number); err != nil {
		return port{}, errors.Join(fmt.Errorf("port %d is in use: %w", number, err), claim.release())
	}
	return port{number: number, claim: claim}, nil
}
