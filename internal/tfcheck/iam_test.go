package tfcheck_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// world holds the policies of the deployment: those of the functions' roles, and those of what they call.
type world struct {
	roles     map[string]policy
	resources map[string]policy // by the beginning of the resource's ARN
	keys      map[string]string // dataKey and signKey
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{roles: map[string]policy{}, resources: map[string]policy{}, keys: map[string]string{}}
	for name, f := range functions() {
		w.roles[name] = parsePolicy(t, value(t, resource(t, "aws_iam_role_policy", f.module), "policy"))
	}
	for bucket, module := range map[string]string{failures: "module.failures", claims: "module.claims", log: "module.audit["} {
		w.resources[bucket] = parsePolicy(t, value(t, resource(t, "aws_s3_bucket_policy", module), "policy"))
	}
	w.resources[bus] = parsePolicy(t, value(t, resource(t, "aws_cloudwatch_event_bus_policy", ""), "policy"))
	for name, part := range map[string]string{dataKey: "data", signKey: "signing"} {
		key := resource(t, "aws_kms_key", "aws_kms_key."+part)
		w.keys[name] = value(t, key, "arn")
		p := parsePolicy(t, value(t, key, "policy"))
		for i := range p.Statement {
			p.Statement[i].Resource = texts{w.keys[name]} // in a key's policy "*" is the key
		}
		w.resources[w.keys[name]] = p
	}
	return w
}

// real is the call as the function of that name makes it.
func (w *world) real(name string, c call) call {
	if arn, isKey := w.keys[c.resource]; isKey {
		c.resource = arn
	}
	context := map[string]string{
		"aws:SecureTransport": "true", "aws:PrincipalArn": role(name), "aws:PrincipalIsAWSService": "false",
		"s3:ObjectCreationOperation": "true", "kms:CallerAccount": "123456789012",
	}
	maps.Copy(context, c.context)
	c.context = context
	return c
}

// may says whether the role with this policy may make the call: it allows it, and nothing denies it.
func (w *world) may(t testing.TB, role policy, c call) bool {
	t.Helper()
	for prefix, p := range w.resources {
		if strings.HasPrefix(c.resource, prefix) && p.decides(t, "Deny", c) {
			return false
		}
	}
	return role.decides(t, "Allow", c) && !role.decides(t, "Deny", c)
}

func TestFunctionsMayCallWhatTheyCall(t *testing.T) {
	w := newWorld(t)
	for name, f := range functions() {
		t.Run(name, func(t *testing.T) {
			for _, c := range f.calls {
				require.True(t, w.may(t, w.roles[name], w.real(name, c)), "%s %s", c.action, c.resource)
			}
		})
	}
}

func TestFunctionsMayCallNothingElse(t *testing.T) {
	w := newWorld(t)
	for name, f := range functions() {
		t.Run(name, func(t *testing.T) {
			for _, s := range w.roles[name].Statement {
				for _, action := range s.Action {
					require.NotContains(t, action, "*", "an action of %s", s.Sid)
					require.True(t, f.uses(t, w, name, statement{Action: texts{action}, Resource: s.Resource, Condition: s.Condition}),
						"%s may call %s, and never does", s.Sid, action)
				}
				for _, resource := range s.Resource {
					if resource == "*" {
						require.Contains(t, wildcards, s.Sid)
					}
					require.True(t, f.uses(t, w, name, statement{Action: s.Action, Resource: texts{resource}, Condition: s.Condition}),
						"%s may call %s, and never does", s.Sid, resource)
				}
			}
		})
	}
}

func (f *function) uses(t testing.TB, w *world, name string, s statement) bool {
	t.Helper()
	for _, c := range f.calls {
		if s.applies(t, w.real(name, c)) {
			return true
		}
	}
	return false
}

// Take a statement away, and a call that the function needs is denied: there is none too many, and the test would see
// one too few.
func TestEveryStatementIsNeeded(t *testing.T) {
	w := newWorld(t)
	for name, f := range functions() {
		for i, s := range w.roles[name].Statement {
			t.Run(name+" "+s.Sid, func(t *testing.T) {
				role := w.roles[name]
				role = role.without(i)
				denied := 0
				for _, c := range f.calls {
					if !w.may(t, role, w.real(name, c)) {
						denied++
					}
				}
				require.NotZero(t, denied)
			})
		}
	}
}

func TestForbiddenCallsAreDenied(t *testing.T) {
	w := newWorld(t)
	for _, c := range forbidden {
		t.Run(c.name, func(t *testing.T) {
			require.False(t, w.may(t, w.roles[c.function], w.real(c.function, c.call)))
		})
	}
}

// Not even who may do everything in the account deletes from the log, publishes, or signs.
func TestAdministratorsAreHeldToTheRules(t *testing.T) {
	w := newWorld(t)
	all := parsePolicy(t, `{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}`)
	for _, c := range []call{
		{action: "s3:DeleteObjectVersion", resource: segment},
		{action: "s3:BypassGovernanceRetention", resource: segment},
		{action: "s3:PutObject", resource: segment, context: map[string]string{"s3:if-none-match": "*"}},
		{action: "events:PutEvents", resource: bus, context: map[string]string{"events:source": "com.example.shop"}},
		{action: "kms:Sign", resource: signKey},
		{action: "s3:GetObject", resource: segment, context: map[string]string{"aws:SecureTransport": "false"}},
	} {
		require.False(t, w.may(t, all, w.real("administrator", c)), "%s", c.action)
	}
	require.True(t, w.may(t, all, w.real("administrator", call{action: "s3:GetObject", resource: segment})))
}

// input is where the code makes the input of a call.
var input = regexp.MustCompile(`\b(s3|dynamodb|eventbridge|kms)\.([A-Z]\w+)Input\{`)

// iamNames are those of calls whose action has another name.
var iamNames = map[string]string{"s3:ListObjectsV2": "s3:ListBucket", "eventbridge:PutEvents": "events:PutEvents"}

// The calls that the code makes are all in the table.
func TestTableHasTheCallsOfTheCode(t *testing.T) {
	for name, f := range functions() {
		t.Run(name, func(t *testing.T) {
			if _, err := os.Stat(filepath.Join(repository, "functions", f.source)); os.IsNotExist(err) {
				t.Skip("the function is not there yet")
			}
			wanted := map[string]bool{}
			for _, c := range f.calls {
				wanted[c.action] = true
			}
			made := callsOf(t, f.source)
			require.NotEmpty(t, made)
			for action, where := range made {
				_, linked := f.linked[action]
				require.True(t, wanted[action] || linked, "%s calls %s, which is not in the table", where, action)
			}
			for action := range f.linked {
				require.Contains(t, made, action, "the exception is not needed any more")
			}
		})
	}
}

// callsOf finds the calls in the packages of this module that a function is made of.
func callsOf(t testing.TB, source string) map[string]string {
	t.Helper()
	list := exec.Command("go", "list", "-deps", "-f", `{{if .Module}}{{if .Module.Main}}{{range .GoFiles}}{{$.Dir}}/{{.}}
{{end}}{{end}}{{end}}`, "./functions/"+source)
	list.Dir = repository
	files, err := list.Output()
	require.NoError(t, err)
	found := map[string]string{}
	for _, name := range strings.Fields(string(files)) {
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		for _, m := range input.FindAllSubmatch(content, -1) {
			action := string(m[1]) + ":" + string(m[2])
			if other, named := iamNames[action]; named {
				action = other
			}
			found[action] = name
		}
	}
	return found
}

// request is where pkg/search makes a call, directly or by its helpers.
var request = regexp.MustCompile(`http\.Method(\w+),\s*path:\s*(.+?)(?:, query|, body|\}|,?\n)|x\.(put|post)\(ctx, (.+?), \w`)

// Every call that pkg/search makes is in the table, and allowed where a function makes it.
func TestTableHasTheCallsToOpenSearch(t *testing.T) {
	sources, err := filepath.Glob(filepath.Join(repository, "pkg", "search", "*.go"))
	require.NoError(t, err)
	needed := map[string]bool{}
	for _, c := range join(searches, operates) {
		needed[c.action+" "+c.resource] = true
	}
	found := map[string]bool{}
	for _, name := range sources {
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, m := range request.FindAllSubmatch(content, -1) {
			method := string(m[1])
			if len(m[3]) > 0 {
				method = strings.ToUpper(string(m[3][:1])) + string(m[3][1:])
			}
			one := method + " " + string(m[2]) + string(m[4])
			path, known := searchCalls[one]
			require.True(t, known, "%s: %s is not in the table", name, one)
			require.True(t, path == "" || needed["es:ESHttp"+method+" "+domain+path], "%s: no function is said to need %s", name, one)
			found[one] = true
		}
	}
	require.Len(t, found, len(searchCalls), "calls that are in the table and not in the code")
}
