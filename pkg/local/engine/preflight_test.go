package engine_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/local/engine"
)

// bare empties what the environment says, and leaves the programs given on PATH.
func bare(t *testing.T, programs map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, script := range programs {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755))
	}
	t.Setenv("PATH", folder)
	for _, name := range []string{"JAVA_HOME", "AWS_ENDPOINT_URL_DYNAMODB", "OUTFLOW_OPENSEARCH_URL", "AWS_ENDPOINT_URL_S3",
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "OUTFLOW_CACHE"} {
		t.Setenv(name, "")
	}
	return folder
}

// jdk makes a folder that looks like a JDK; without a release file only its program tells the version.
func jdk(t *testing.T, version string, release bool) string {
	t.Helper()
	home := filepath.Join(openDir(t), "jdk")
	require.NoError(t, os.MkdirAll(filepath.Join(home, "bin"), 0o755))
	says := "#!/bin/sh\necho 'openjdk version \"" + version + "\" 2025-04-15' >&2\n"
	require.NoError(t, os.WriteFile(filepath.Join(home, "bin", "java"), []byte(says), 0o755))
	if release {
		require.NoError(t, os.WriteFile(filepath.Join(home, "release"), []byte("IMPLEMENTOR=\"x\"\nJAVA_VERSION=\""+version+"\"\n"), 0o644))
	}
	return home
}

func preflight(t *testing.T, o engine.Options) engine.Plan {
	t.Helper()
	if o.Cache == "" {
		o.Cache = filepath.Join(openDir(t), "cache")
	}
	if o.JavaFolders == nil {
		o.JavaFolders = []string{"/nonexistent/*"}
	}
	plan, err := engine.Preflight(t.Context(), o)
	require.NoError(t, err)
	return plan
}

func TestPreflightNamesWhatIsMissing(t *testing.T) {
	tests := []struct {
		name      string
		java      []string
		programs  map[string]string
		only      []engine.Name
		wants     []string
		wantsNone []string
	}{
		{name: "nothing at all",
			wants: []string{
				"dynamodb: DynamoDB Local 3.1.0 needs Java 17 or newer, found none", "opensearch: OpenSearch 3.5.0 needs Java 21 or newer, found none",
				"mvn is needed to fetch it, and is not on PATH; install Maven", "go is needed to fetch it, and is not on PATH; install Go 1.25",
			}},
		{name: "Java 17 only", java: []string{"17.0.15"}, programs: map[string]string{"mvn": "", "go": ""},
			wants: []string{"OpenSearch 3.5.0 needs Java 21 or newer, found 17.0.15 ("}, wantsNone: []string{"DynamoDB Local", "mvn", "go is"}},
		{name: "Java 11 is too old for both", java: []string{"11.0.2"}, programs: map[string]string{"mvn": "", "go": ""},
			wants: []string{"needs Java 17 or newer, found 11.0.2", "needs Java 21 or newer, found 11.0.2"}},
		{name: "S3 needs neither Java nor Maven", only: []engine.Name{engine.S3}, programs: map[string]string{"go": ""}, wantsNone: []string{"!"}},
		{name: "all there", java: []string{"17.0.15", "21.0.4"}, programs: map[string]string{"mvn": "", "go": ""}, wantsNone: []string{"!"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bare(t, test.programs)
			o := engine.Options{Only: test.only}
			for i, version := range test.java {
				o.JavaFolders = append(o.JavaFolders, jdk(t, version, i == 0))
			}
			plan := preflight(t, o)
			if test.wants == nil {
				require.NoError(t, plan.Err())
			}
			for _, want := range test.wants {
				require.ErrorContains(t, plan.Err(), want)
			}
			for _, unwanted := range test.wantsNone {
				require.NotContains(t, problems(plan), unwanted)
			}
			_, err := engine.Start(t.Context(), plan, t.TempDir())
			require.Error(t, err, "nothing is in the cache")
			if plan.Err() != nil {
				require.Equal(t, plan.Err(), engine.Fetch(t.Context(), plan, io.Discard))
			}
		})
	}
}

func problems(plan engine.Plan) string {
	_, after, _ := strings.Cut(plan.String(), "\n!")
	if after == "" {
		return ""
	}
	return "!" + after
}

func TestPreflightChoosesJava(t *testing.T) {
	tests := []struct {
		name, home string
		folders    []string
		want       string
	}{
		{name: "the newest", folders: []string{"17.0.1", "25.0.3", "21.0.4"}, want: "25.0.3"},
		{name: "JAVA_HOME before a newer one", home: "21.0.4", folders: []string{"25.0.3"}, want: "21.0.4"},
		{name: "JAVA_HOME is too old", home: "17.0.1", folders: []string{"21.0.4"}, want: "21.0.4"},
		{name: "the old numbering", folders: []string{"1.8.0_402", "21"}, want: "21"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bare(t, map[string]string{"mvn": ""})
			if test.home != "" {
				t.Setenv("JAVA_HOME", jdk(t, test.home, false))
			}
			o := engine.Options{Only: []engine.Name{engine.OpenSearch}}
			for _, version := range test.folders {
				o.JavaFolders = append(o.JavaFolders, jdk(t, version, true))
			}
			plan := preflight(t, o)
			require.NoError(t, plan.Err())
			require.Equal(t, test.want, plan.Items[0].Java.Version)
		})
	}
}

func TestPreflightUsesWhatIsGiven(t *testing.T) {
	bare(t, nil)
	t.Setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:8000")
	t.Setenv("OUTFLOW_OPENSEARCH_URL", "http://127.0.0.1:9200")
	o := engine.Options{Endpoints: map[engine.Name]string{engine.OpenSearch: "http://search:9200", engine.S3: "127.0.0.1:7070"}}
	plan := preflight(t, o)
	require.ErrorContains(t, plan.Err(), "the given endpoint is no URL")
	require.ErrorContains(t, plan.Err(), "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	require.Contains(t, plan.String(), "http://127.0.0.1:8000 (AWS_ENDPOINT_URL_DYNAMODB)")
	require.Contains(t, plan.String(), "http://search:9200 (option)")

	t.Setenv("AWS_ACCESS_KEY_ID", "mine")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	o.Endpoints[engine.S3] = "http://127.0.0.1:7070"
	plan = preflight(t, o)
	require.NoError(t, plan.Err())
	require.Equal(t, []string{"mine", "secret"}, []string{plan.AccessKeyID, plan.SecretAccessKey})
}

func TestPreflightTable(t *testing.T) {
	bare(t, map[string]string{"mvn": "", "go": ""})
	cache, home := filepath.Join(openDir(t), "cache"), jdk(t, "21.0.4", true)
	t.Setenv("OUTFLOW_CACHE", cache)
	plan, err := engine.Preflight(t.Context(), engine.Options{JavaFolders: []string{home}})
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(plan.String()), "\n")
	require.Len(t, lines, 3)
	require.Regexp(t, `^DynamoDB Local  3\.1\.0  download  about 50 MB, into `+cache+`/dynamodb-3\.1\.0-\w+, with Java 21\.0\.4 \(`+home+`\)$`, lines[0])
	require.Regexp(t, `^OpenSearch      3\.5\.0  download  about 194 MB, into `+cache+`/opensearch-3\.5\.0-\w+, with Java 21\.0\.4 \(`, lines[1])
	require.Regexp(t, `^versitygw \(S3\)  1\.8\.0  download  about 110 MB, into `+cache+`/s3-1\.8\.0-\w+$`, lines[2])
}

func TestPortInUse(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := listener.Addr().(*net.TCPAddr).Port
	o := engine.Options{Only: []engine.Name{engine.S3}, Ports: map[engine.Name]int{engine.S3: port}}
	plan, err := engine.Preflight(t.Context(), o)
	require.NoError(t, err)
	require.ErrorContains(t, plan.Err(), "s3: port "+itoa(port)+" is in use")
	require.NoError(t, listener.Close())

	prepare(t, engine.S3)
	plan, err = engine.Preflight(t.Context(), o)
	require.NoError(t, err)
	require.NoError(t, plan.Err())
	dir := openDir(t)
	engines := start(t, plan, dir)
	require.Equal(t, "http://127.0.0.1:"+itoa(port), engines.S3)

	other := openDir(t)
	_, err = engine.Start(t.Context(), plan, other)
	require.ErrorContains(t, err, "port "+itoa(port)+" is in use: process "+itoa(os.Getpid())+" has claimed it")
	requireNothingRuns(t, other)
}

func TestDockerIsChosenOnlyWhereItRuns(t *testing.T) {
	tests := []struct{ name, docker, want string }{
		{name: "runs", docker: "echo 28.0"},
		{name: "engine does not answer", docker: "echo 'Cannot connect to the Docker daemon' >&2; exit 1", want: "docker: its engine does not answer: Cannot connect"},
		{name: "not installed", want: "docker: it was asked for and is not on PATH"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			programs := map[string]string{}
			if test.docker != "" {
				programs["docker"] = test.docker
			}
			bare(t, programs)
			plan := preflight(t, engine.Options{Docker: true, Endpoints: map[engine.Name]string{engine.DynamoDB: "http://127.0.0.1:8000"}})
			if test.want != "" {
				require.ErrorContains(t, plan.Err(), test.want)
				return
			}
			require.NoError(t, plan.Err())
			require.Equal(t, []engine.Source{engine.Given, engine.Docker, engine.Docker},
				[]engine.Source{plan.Items[0].Source, plan.Items[1].Source, plan.Items[2].Source})
		})
	}
}

func TestUnknownEngine(t *testing.T) {
	_, err := engine.Preflight(t.Context(), engine.Options{Only: []engine.Name{"kafka"}})
	require.ErrorContains(t, err, `unknown engine "kafka": use dynamodb, opensearch or s3`)
}
