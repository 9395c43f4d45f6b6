package engine

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"time"
)

// Preflight looks at this machine and says what Fetch and Start would do. It takes less than two seconds and no
// network. An error means that it could not look; what stands in the way of the plan is in Plan.Problems.
func Preflight(ctx context.Context, options Options) (Plan, error) {
	o, err := options.complete()
	if err != nil {
		return Plan{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	f := flight{Options: o, plan: Plan{Cache: o.Cache, HeapMB: o.HeapMB}}
	f.jdks = findJava(ctx, o.JavaFolders)
	if o.Docker {
		f.findDocker(ctx)
	}
	for _, name := range o.Only {
		f.plan.Items = append(f.plan.Items, f.item(name))
	}
	f.credentials()
	f.tools()
	f.room()
	return f.plan, nil
}

// flight is a plan in the making.
type flight struct {
	Options
	plan Plan
	jdks []JDK
}

func (f *flight) problem(subject, what, next string) {
	f.plan.Problems = append(f.plan.Problems, Problem{Subject: subject, What: what, Next: next})
}

func (f *flight) item(name Name) Item {
	item := Item{Name: name}
	if f.Endpoints[name] != "" {
		return f.given(item)
	}
	item.Port = f.Ports[name]
	f.checkPort(item)
	if f.Docker {
		item.Source, item.Why = Docker, "the image in compose.yaml"
		return item
	}
	r := releases[name]
	item.Path = f.plan.path(r)
	if _, err := os.Stat(item.Path); err == nil {
		item.Source, item.Why = Cached, item.Path
	} else {
		item.Source, item.Why = Download, fmt.Sprintf("about %d MB, into %s", r.download/mega, item.Path)
	}
	if r.java > 0 {
		item.Java = f.java(r)
		item.Why += ", with Java " + item.Java.String()
	}
	if name == OpenSearch {
		f.checkAccount()
	}
	return item
}

// checkAccount looks whether the user that OpenSearch runs as for root exists and may read the cache.
func (f *flight) checkAccount() {
	as, err := nobody()
	if err != nil {
		f.problem(string(OpenSearch), err.Error(), "run this as another user, or set "+variables[OpenSearch])
	} else if !as.usable(f.Cache) {
		f.problem(string(OpenSearch), "it refuses to run as root, and user nobody cannot enter "+f.Cache,
			"set OUTFLOW_CACHE to a folder that everybody may enter, or run this as another user")
	}
}

func (f *flight) given(item Item) Item {
	item.Source, item.Endpoint = Given, f.Endpoints[item.Name]
	item.Why = fmt.Sprintf("%s (%s)", item.Endpoint, variables[item.Name])
	if f.Endpoints[item.Name] != os.Getenv(variables[item.Name]) {
		item.Why = item.Endpoint + " (option)"
	}
	if err := checkEndpoint(item.Endpoint); err != nil {
		f.problem(string(item.Name), "the given endpoint is no URL: "+err.Error(),
			"correct the option or "+variables[item.Name])
	}
	return item
}

func (f *flight) checkPort(item Item) {
	if item.Port == 0 {
		return
	}
	if err := tryPort(item.Port); err != nil {
		f.problem(string(item.Name), fmt.Sprintf("port %d is in use: %v", item.Port, err),
			"ask for another port or none, or name the server that runs there with "+variables[item.Name])
	}
}

func tryPort(port int) error {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return err
	}
	return listener.Close()
}

func (f *flight) java(r release) JDK {
	jdks := f.jdks
	if r.name == OpenSearch && os.Geteuid() == 0 { // it will run as another user
		jdks = slices.DeleteFunc(slices.Clone(jdks), func(jdk JDK) bool { return !enterable(jdk.Home) })
	}
	jdk, found := pickJava(jdks, r.java)
	if !found {
		f.problem(string(r.name), fmt.Sprintf("%s %s needs Java %d or newer, found %s", r.title, r.version, r.java, listJava(jdks)),
			fmt.Sprintf("install one (apt install openjdk-%d-jre-headless, brew install openjdk, or sdk install java) "+
				"and set JAVA_HOME if it is not found, or set %s", max(r.java, 21), variables[r.name]))
	}
	return jdk
}

// credentials chooses the one pair that everything accepts.
func (f *flight) credentials() {
	f.plan.AccessKeyID, f.plan.SecretAccessKey = "outflow", "outflowlocal"
	id, secret := os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY")
	if f.Endpoints[DynamoDB] == "" && f.Endpoints[S3] == "" {
		return
	}
	if id != "" && secret != "" {
		f.plan.AccessKeyID, f.plan.SecretAccessKey = id, secret
	} else if f.Endpoints[S3] != "" {
		f.problem(string(S3), "an endpoint was given, but no credentials for it",
			"set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	}
}

// tools finds the programs that downloads are made with.
func (f *flight) tools() {
	for _, item := range f.plan.downloads() {
		if item.Name == S3 {
			f.plan.golang = f.tool("go", string(S3), "install Go 1.25 or newer")
		} else if f.plan.maven == "" {
			f.plan.maven = f.tool("mvn", string(item.Name), "install Maven (apt install maven, brew install maven, or sdk install maven)")
		}
	}
}

func (f *flight) tool(program, subject, next string) string {
	path, err := exec.LookPath(program)
	if err != nil {
		f.problem(subject, program+" is needed to fetch it, and is not on PATH", next)
	}
	return path
}

// room compares the free space with what fetching and the data need.
func (f *flight) room() {
	var need int64
	for _, item := range f.plan.downloads() {
		need += releases[item.Name].disk
	}
	f.checkRoom(f.Cache, need, "free some, or set OUTFLOW_CACHE to a folder on another disk")
	if f.Dir != "" {
		f.checkRoom(f.Dir, dataRoom, "free some, or choose a folder on another disk")
	}
}

func (f *flight) checkRoom(folder string, need int64, next string) {
	if err := checkRoom(folder, need); err != nil {
		f.problem(folder, err.Error(), next)
	}
}
