package engine

import (
	"cmp"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
)

// Name is one of the three engines.
type Name string

// The engines, in the order in which they are listed; they are stopped in the opposite one.
const (
	DynamoDB   Name = "dynamodb"
	OpenSearch Name = "opensearch"
	S3         Name = "s3"
)

// Names returns all engines.
func Names() []Name { return []Name{DynamoDB, OpenSearch, S3} }

// variables name what the environment may say: the same as the functions and the AWS SDKs read.
var variables = map[Name]string{
	DynamoDB:   "AWS_ENDPOINT_URL_DYNAMODB",
	OpenSearch: "OUTFLOW_OPENSEARCH_URL",
	S3:         "AWS_ENDPOINT_URL_S3",
}

// Options say what a developer asks for. The zero value is fine.
type Options struct {
	Only      []Name          // the engines that are wanted; none means all
	Endpoints map[Name]string // URLs of engines that run already; before the environment's (see variables)
	Ports     map[Name]int    // the port of an engine that is started; a free one where none is asked for
	Cache     string          // where fetched engines are kept; else OUTFLOW_CACHE, else see cacheFolder
	Dir       string          // where the data will be; Preflight looks whether its disk has room, if it is set
	HeapMB    int             // OpenSearch's heap in MiB; 512 if 0
	Docker    bool            // run images instead; needs a Docker engine
	// JavaFolders are patterns of folders to look for JDKs in, after JAVA_HOME and PATH; nil means the places
	// where packages, SDKMAN and macOS put them.
	JavaFolders []string
}

// complete fills in what the environment and the defaults say.
func (o Options) complete() (Options, error) {
	if len(o.Only) == 0 {
		o.Only = Names()
	}
	endpoints := map[Name]string{}
	for _, name := range o.Only {
		if !slices.Contains(Names(), name) {
			return o, fmt.Errorf("unknown engine %q: use %s, %s or %s", name, DynamoDB, OpenSearch, S3)
		}
		endpoints[name] = cmp.Or(o.Endpoints[name], os.Getenv(variables[name]))
	}
	o.Endpoints = endpoints
	o.HeapMB = cmp.Or(o.HeapMB, 512)
	if o.JavaFolders == nil {
		o.JavaFolders = javaFolders()
	}
	var err error
	o.Cache, err = cacheFolder(o.Cache)
	return o, err
}

// cacheFolder is outflow/engines in the user's cache, or in /var/cache for root, if nothing else is asked for.
func cacheFolder(asked string) (string, error) {
	if folder := cmp.Or(asked, os.Getenv("OUTFLOW_CACHE")); folder != "" {
		return filepath.Abs(folder)
	}
	user, err := os.UserCacheDir()
	if os.Geteuid() == 0 && (err != nil || !enterable(user)) {
		user, err = "/var/cache", nil // root's own cache is closed to the user that OpenSearch runs as
	}
	if err != nil {
		return "", fmt.Errorf("find the cache folder: %w; set OUTFLOW_CACHE to a folder of your choice", err)
	}
	return filepath.Join(user, "outflow", "engines"), nil
}

// checkEndpoint refuses what is not the URL of a server.
func checkEndpoint(endpoint string) error {
	parsed, err := url.Parse(endpoint)
	if err != nil {
		return err
	}
	if (parsed.Scheme != "http" && parsed.Scheme != "https") || parsed.Host == "" {
		return fmt.Errorf("%q is not of the form http://host:port", endpoint)
	}
	return nil
}
