package tfcheck_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// policy is an IAM policy as Terraform rendered it, evaluated as AWS documents it ("Policy evaluation logic" and
// "IAM JSON policy elements: condition operators", IAM User Guide), as far as the module's policies go: an operator that
// is not known here fails the test.
type policy struct {
	Statement []statement
}

type statement struct {
	Sid       string
	Effect    string
	Action    texts
	Resource  texts
	Principal json.RawMessage
	Condition map[string]map[string]texts
}

// texts is a text or a list of texts.
type texts []string

func (t *texts) UnmarshalJSON(src []byte) error {
	var one string
	if json.Unmarshal(src, &one) == nil {
		*t = texts{one}
		return nil
	}
	return json.Unmarshal(src, (*[]string)(t))
}

// call is one request: what is asked of what, under which circumstances.
type call struct {
	action   string
	resource string
	context  map[string]string
}

func parsePolicy(t testing.TB, source string) policy {
	t.Helper()
	var p policy
	require.NoError(t, json.Unmarshal([]byte(source), &p))
	require.NotEmpty(t, p.Statement)
	return p
}

// decides says whether a statement of that effect applies to the call.
func (p *policy) decides(t testing.TB, effect string, c call) bool {
	t.Helper()
	return slices.ContainsFunc(p.Statement, func(s statement) bool { return s.Effect == effect && s.applies(t, c) })
}

// without is the policy with one statement taken away.
func (p *policy) without(i int) policy {
	return policy{Statement: slices.Delete(slices.Clone(p.Statement), i, i+1)}
}

func (s *statement) applies(t testing.TB, c call) bool {
	t.Helper()
	return slices.ContainsFunc(s.Action, func(p string) bool { return like(strings.ToLower(p), strings.ToLower(c.action)) }) &&
		slices.ContainsFunc(s.Resource, func(p string) bool { return like(p, c.resource) }) && s.holds(t, c.context)
}

func (s *statement) holds(t testing.TB, context map[string]string) bool {
	t.Helper()
	for operator, keys := range s.Condition {
		for key, values := range keys {
			value, given := context[key]
			if !condition(t, operator, value, given, values) {
				return false
			}
		}
	}
	return true
}

func condition(t testing.TB, operator, value string, given bool, values texts) bool {
	t.Helper()
	equal := slices.Contains(values, value)
	alike := slices.ContainsFunc(values, func(p string) bool { return like(p, value) })
	switch operator {
	case "StringEquals", "Bool":
		return given && equal
	case "StringLike", "ArnEquals", "ArnLike":
		return given && alike
	case "StringEqualsIfExists":
		return !given || equal
	case "ArnNotEquals":
		return !given || !alike
	case "Null":
		return values[0] == "true" != given
	}
	require.Failf(t, "unknown operator", "%s is not among the operators that the test evaluates", operator)
	return false
}

// like matches a pattern of * and ?.
func like(pattern, text string) bool {
	quoted := regexp.QuoteMeta(pattern)
	return regexp.MustCompile("^" + strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(quoted) + "$").MatchString(text)
}

func TestPolicyEvaluation(t *testing.T) {
	p := parsePolicy(t, `{"Statement": [
		{"Effect": "Allow", "Action": "s3:PutObject", "Resource": ["arn:aws:s3:::b/x/*"], "Condition": {"StringEquals": {"k": "v"}}},
		{"Effect": "Deny", "Action": ["s3:*"], "Resource": "*", "Condition": {"ArnNotEquals": {"who": ["me"]}, "Null": {"once": "true"}}}]}`)
	for _, c := range []struct {
		name            string
		call            call
		allowed, denied bool
	}{
		{"the key is another's", call{"s3:PutObject", "arn:aws:s3:::b/y/1", map[string]string{"k": "v", "who": "me"}}, false, false},
		{"the context is missing", call{"s3:PutObject", "arn:aws:s3:::b/x/1", map[string]string{"who": "me"}}, false, false},
		{"as it should be", call{"s3:PutObject", "arn:aws:s3:::b/x/1", map[string]string{"k": "v", "who": "me"}}, true, false},
		{"an action in other case", call{"S3:putobject", "arn:aws:s3:::b/x/1", map[string]string{"k": "v", "who": "me"}}, true, false},
		{"nobody", call{"s3:GetObject", "arn:aws:s3:::b", nil}, false, true},
		{"one condition of two", call{"s3:GetObject", "arn:aws:s3:::b", map[string]string{"once": "*"}}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.allowed, p.decides(t, "Allow", c.call))
			require.Equal(t, c.denied, p.decides(t, "Deny", c.call))
		})
	}
}
