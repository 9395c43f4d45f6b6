package lambda

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Lambda's defaults and limits ("Lambda quotas"); DefaultConcurrency is the quota of a new account.
const (
	DefaultTimeout     = 3 * time.Second
	MaxTimeout         = 15 * time.Minute
	DefaultInitTimeout = 10 * time.Second
	DefaultMemory      = 128
	MaxMemory          = 10240
	DefaultConcurrency = 10
	MaxEnvironment     = 4 << 10 // bytes of names and values together
)

// Config describes one function. A zero Timeout, InitTimeout, Memory or Concurrency means the default.
type Config struct {
	Name        string
	Binary      string            // the bootstrap; its folder is LAMBDA_TASK_ROOT and the working directory
	Env         map[string]string // beside Lambda's own; region and credentials are to be given here
	Timeout     time.Duration     // of an invocation
	InitTimeout time.Duration     // of the first init of an instance
	Memory      int               // MiB, 128 to 10240
	Concurrency int               // invocations at one time; more are throttled
	Log         io.Writer         // gets whole lines, one call at a time; nil drops them
}

var (
	validName     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	validVariable = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]+$`)
)

// reserved are the variables that Lambda sets itself and refuses in a function's configuration. Region and
// credentials are reserved there too; here nobody else could set them.
func reserved(name string) bool {
	switch name {
	case "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_EXECUTION_ENV", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR":
		return true
	}
	return strings.HasPrefix(name, "AWS_LAMBDA_")
}

// complete returns the configuration with its defaults and an absolute binary, or all its faults joined.
func (c Config) complete() (Config, error) {
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	if c.InitTimeout == 0 {
		c.InitTimeout = DefaultInitTimeout
	}
	if c.Memory == 0 {
		c.Memory = DefaultMemory
	}
	if c.Concurrency == 0 {
		c.Concurrency = DefaultConcurrency
	}
	if c.Log == nil {
		c.Log = io.Discard
	}
	binary, err := executable(c.Binary)
	c.Binary = binary
	if err = errors.Join(append(c.faults(), err)...); err != nil {
		return c, fmt.Errorf("function %q: %w", c.Name, err)
	}
	c.Env = maps.Clone(c.Env)
	return c, nil
}

func (c Config) faults() []error {
	var faults []error
	if !validName.MatchString(c.Name) {
		faults = append(faults, errors.New("name: 1 to 64 letters, digits, - and _"))
	}
	if c.Timeout < 0 || c.Timeout > MaxTimeout {
		faults = append(faults, fmt.Errorf("time-out %s: above 0 and at most %s", c.Timeout, MaxTimeout))
	}
	if c.InitTimeout < 0 {
		faults = append(faults, fmt.Errorf("init time-out %s: above 0", c.InitTimeout))
	}
	if c.Memory < DefaultMemory || c.Memory > MaxMemory {
		faults = append(faults, fmt.Errorf("memory %d MiB: %d to %d", c.Memory, DefaultMemory, MaxMemory))
	}
	if c.Concurrency < 0 {
		faults = append(faults, fmt.Errorf("concurrency %d: at least 1", c.Concurrency))
	}
	return append(faults, c.environmentFaults()...)
}

// environmentFaults are what Lambda refuses of environment variables ("Working with Lambda environment variables").
func (c Config) environmentFaults() []error {
	var faults []error
	size := 0
	for _, name := range slices.Sorted(maps.Keys(c.Env)) {
		switch {
		case reserved(name):
			faults = append(faults, fmt.Errorf("environment variable %s: Lambda sets it itself; remove it", name))
		case !validVariable.MatchString(name):
			faults = append(faults, fmt.Errorf("environment variable %q: two or more letters, digits and _, a letter first", name))
		case !setByLambda[name]:
			size += len(name) + len(c.Env[name])
		}
	}
	if size > MaxEnvironment {
		faults = append(faults,
			fmt.Errorf("environment variables: %d bytes of names and values; Lambda takes %d", size, MaxEnvironment))
	}
	return faults
}

// setByLambda are the variables that are given here and that Lambda sets itself, so that they do not count.
var setByLambda = map[string]bool{
	"AWS_REGION": true, "AWS_DEFAULT_REGION": true,
	"AWS_ACCESS_KEY_ID": true, "AWS_SECRET_ACCESS_KEY": true, "AWS_SESSION_TOKEN": true,
}

func executable(name string) (string, error) {
	if name == "" {
		return "", errors.New("binary: none given; name the function's bootstrap file")
	}
	absolute, err := filepath.Abs(name)
	if err != nil {
		return "", fmt.Errorf("binary %s: %w", name, err)
	}
	info, err := os.Stat(absolute)
	switch {
	case err != nil:
		return "", fmt.Errorf("binary: %w; build the function first", err)
	case !info.Mode().IsRegular() || info.Mode()&0o111 == 0:
		return "", fmt.Errorf("binary %s: not an executable file", absolute)
	}
	return absolute, nil
}
