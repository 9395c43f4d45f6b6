package lambda

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

const (
	version       = "$LATEST"
	defaultRegion = "us-east-1"
	account       = "000000000000" // DynamoDB Local's, so that all ARNs of a laptop agree
)

func (c *Config) region() string {
	if region := c.Env["AWS_REGION"]; region != "" {
		return region
	}
	return defaultRegion
}

func (c *Config) arn() string {
	return "arn:aws:lambda:" + c.region() + ":" + account + ":function:" + c.Name
}

// environment is all that an instance sees: Lambda's defined variables, the configured ones, and of this process only
// PATH, TMPDIR and HOME. endpoint is the host:port of the instance's Runtime API.
func (c *Config) environment(endpoint, logStream string) []string {
	root := filepath.Dir(c.Binary)
	env := map[string]string{
		"TZ": ":UTC", "LANG": "en_US.UTF-8", "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR", "AWS_DEFAULT_REGION": c.region(),
	}
	for _, name := range []string{"PATH", "TMPDIR", "HOME"} {
		if value, set := os.LookupEnv(name); set {
			env[name] = value
		}
	}
	maps.Copy(env, c.Env)
	maps.Copy(env, map[string]string{
		"AWS_REGION":                      c.region(),
		"AWS_LAMBDA_RUNTIME_API":          endpoint,
		"AWS_LAMBDA_FUNCTION_NAME":        c.Name,
		"AWS_LAMBDA_FUNCTION_VERSION":     version,
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(c.Memory),
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME":       "/aws/lambda/" + c.Name,
		"AWS_LAMBDA_LOG_STREAM_NAME":      logStream,
		"LAMBDA_TASK_ROOT":                root,
		"LAMBDA_RUNTIME_DIR":              root,
		"_HANDLER":                        filepath.Base(c.Binary),
	})
	list := make([]string, 0, len(env))
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	return list
}
