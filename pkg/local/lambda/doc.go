// Package lambda runs function binaries on this machine as Lambda runs them.
//
// A Function starts its `bootstrap` binary (an OS-only runtime, such as aws-lambda-go) as a process of its own, serves
// it the Runtime API on a loopback port, and hands it one invocation at a time. Instances that answered wait for the
// next invocation (warm); further ones start while fewer invocations than the configured concurrency are running.
// An invocation either reaches an instance once or not at all: nothing here repeats it.
//
// What holds as on Lambda: the environment, the headers and the deadline; the limits of payloads, time and memory; an
// init that fails is tried once more inside the invocation; an instance that ran out of time or memory, exited or
// panicked is gone, and the next invocation is cold; SIGTERM only for a runtime that registered itself as an extension;
// the log with its START, END and REPORT lines. docs/fidelity.md has a row for each.
//
// What differs: memory is the resident set of the instance's process (not of its children), measured every few
// milliseconds, and the instance is killed when it has been above the limit, since Go reserves far more address space
// than it uses and rlimits would break it. The time between two invocations is not frozen. Idle instances are
// kept until Stop.
//
// Instances live in process groups of their own and are killed as groups. Where this process dies without Stop, Linux
// kills them with it (Pdeathsig); elsewhere they end when they next ask the vanished Runtime API for work.
//
// The package needs a Unix system.
package lambda
