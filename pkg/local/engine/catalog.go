package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"runtime"

	"github.com/outflow-dev/outflow/scripts/engines"
)

const mega = 1_000_000

// release is what is known of an engine before it is fetched. The sizes are rounded: they tell a person what to
// expect, and Preflight whether the disk has room.
type release struct {
	name     Name
	title    string
	version  string
	java     int   // lowest major version of Java; 0 where it needs none
	download int64 // bytes over the network
	disk     int64 // bytes in the cache, at the fullest moment of fetching
	inputs   string
}

var releases = map[Name]release{
	DynamoDB: {name: DynamoDB, title: "DynamoDB Local", version: "3.1.0", java: 17,
		download: 50 * mega, disk: 60 * mega, inputs: engines.Pom + engines.Checksums},
	OpenSearch: {name: OpenSearch, title: "OpenSearch", version: "3.5.0", java: 21,
		download: 194 * mega, disk: 450 * mega, inputs: engines.Pom + engines.Checksums},
	S3: {name: S3, title: "versitygw (S3)", version: "1.8.0",
		download: 110 * mega, disk: 90 * mega, inputs: engines.VersitygwMod + engines.VersitygwSum + runtime.GOOS + runtime.GOARCH},
}

// dataRoom is the space that Start wants to see free where the data goes: enough for OpenSearch to start and for a
// demo's data several times over.
const dataRoom = 256 * mega

// folder is the release's name in the cache. It carries a hash of all that decides what is in it, so that a change
// of version or checksum never meets what was fetched before.
func (r release) folder() string {
	sum := sha256.Sum256([]byte(r.inputs))
	return fmt.Sprintf("%s-%s-%s", r.name, r.version, hex.EncodeToString(sum[:4]))
}
