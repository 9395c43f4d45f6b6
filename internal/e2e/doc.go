// Package e2e holds the tests of the whole pipeline on real engines: the function's own binary under the runtime host,
// while it is killed and its services fail, and what its three readers see of that.
//
// The path through the files: convergence_test.go is the story; pipeline_test.go brings everything up; write_test.go,
// kill_test.go, proxy_test.go and split_test.go make life hard while watch_test.go looks on; settle_test.go waits for the
// end, and the files check_*_test.go hold it against the table and against the table's stream. poison_test.go and
// retry_test.go are about records that can never succeed.
package e2e
