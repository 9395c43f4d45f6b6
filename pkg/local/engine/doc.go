// Package engine runs the three engines of a pipeline on this machine: DynamoDB Local, OpenSearch, and versitygw as
// S3. Preflight says what would be used and what is missing, Fetch brings it into a cache, Start runs it, Stop ends it:
//
//	plan, err := engine.Preflight(ctx, engine.Options{})
//	err = engine.Fetch(ctx, plan, os.Stderr)
//	engines, err := engine.Start(ctx, plan, ".outflow")
//	defer engines.Stop(ctx)
//
// What it guarantees:
//   - Nothing is left running. Stop ends whole process groups, and so does a Start that fails or is interrupted. Where the
//     program itself is killed, the next Start on the same folder finds its engines by process id, start time and
//     command line, and stops those and no other process. No engine runs without being on record first.
//   - One program per folder. A second one is refused with the id of the first; the lock of a program that has died
//     counts for nothing, since the kernel gives it up with the process.
//   - A folder carries its data from one Start to the next. All of it lies in the folder, with one exception: where this
//     is root and the folder lies in one that is closed to others, OpenSearch's, which runs as nobody, lies under
//     /var/tmp, and a link in the folder leads there.
//   - Everything listens on 127.0.0.1 only.
//   - The cache holds an engine whole or not at all, and any number of programs may fetch at once. Maven's files
//     are compared with SHA-256 sums recorded in scripts/engines; versitygw is built from modules that Go
//     compares with the recorded go.sum.
//
// It runs on Linux and macOS.
package engine
