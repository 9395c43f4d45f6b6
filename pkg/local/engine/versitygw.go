package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// s3Grace is short: on SIGTERM versitygw stops listening and answers what it has begun, then waits up to 10 s for
// clients to hang up connections on which nothing happens. An object becomes visible in one step, so that killing
// it then loses nothing.
const s3Grace = 2 * time.Second

// s3Command runs versitygw over a folder of buckets and one of older versions, which object lock needs.
func s3Command(item Item, dir string, port int, accessKeyID, secretAccessKey string) (command, error) {
	folder := filepath.Join(dir, "s3")
	buckets, versions := filepath.Join(folder, "buckets"), filepath.Join(folder, "versions")
	for _, path := range []string{buckets, versions} {
		if err := os.MkdirAll(path, 0o755); err != nil {
			return command{}, err
		}
	}
	endpoint := local(port)
	return command{
		name: S3, endpoint: endpoint, path: filepath.Join(item.Path, "versitygw"), workDir: folder,
		args: []string{"--port", fmt.Sprintf("127.0.0.1:%d", port), "--keep-alive", "--quiet", "posix",
			"--versioning-dir", versions, buckets},
		env:    []string{"ROOT_ACCESS_KEY_ID=" + accessKeyID, "ROOT_SECRET_ACCESS_KEY=" + secretAccessKey},
		marker: buckets, grace: s3Grace, ready: s3Ready(endpoint),
	}, nil
}
