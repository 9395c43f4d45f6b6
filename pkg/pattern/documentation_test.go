package pattern_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/pattern"
)

// The pages of the EventBridge user guide that a row is from.
const (
	pageEvents    = "Creating event patterns"
	pageNull      = "Null values and empty strings"
	pageArrays    = "Arrays in event patterns"
	pageOperators = "Comparison operators"
	pageRuler     = "README of the matching engine that EventBridge publishes"
)

const terminated = `{
  "version": "0", "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
  "detail-type": "EC2 Instance State-change Notification", "source": "aws.ec2", "account": "111122223333",
  "time": "2017-12-22T18:43:48Z", "region": "us-west-1",
  "resources": ["arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0"],
  "detail": {"instance-id": "i-1234567890abcdef0", "state": "terminated"}
}`

const launch = `{
  "version": "0", "id": "3e3c153a-8339-4e30-8c35-687ebef853fe", "detail-type": "EC2 Instance Launch Successful",
  "source": "aws.autoscaling", "account": "123456789012", "time": "2015-11-11T21:31:47Z", "region": "us-east-1",
  "resources": [], "detail": {"eventVersion": "", "responseElements": null}
}`

const macie = `{
  "detail-type": "Macie Finding", "source": "aws.macie", "resources": [],
  "detail": {"schemaVersion": "1.0", "severity": {"score": 1, "description": "Low"}, "count": 2}
}`

const pending = `{
  "detail-type": "EC2 Instance State-change Notification", "source": "aws.ec2", "resources": ["arn:aws:ec2:i-abcd1111"],
  "detail": {"instance-id": "i-abcd1111", "state": "pending"}
}`

const withoutState = `{
  "detail-type": ["EC2 Instance State-change Notification"], "resources": ["arn:aws:ec2:i-02ebd4584a2ebd341"],
  "detail": {"c-count": {"c1": 100}}
}`

const counts = `{
  "detail-type": "EC2 Instance State-change Notification", "source": "aws.ec2", "time": "2017-10-02T16:24:49Z",
  "resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-000000aaaaaa00000"],
  "detail": {
    "c-count": 5, "d-count": 3, "x-limit": 301.8, "source-ip": "10.0.0.33",
    "instance-id": "i-000000aaaaaa00000", "state": "running"
  }
}`

const resources = `{"resources": ["arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:eb56d16b/ASGTerminate",
  "arn:aws:ec2:us-east-1:123456789012:instance/i-b188560f"]}`

const orDetail = `{"detail": {"$or": [{"c-count": [{"numeric": [">", 0, "<=", 5]}]}, {"d-count": [{"numeric": ["<", 10]}]},
  {"x-limit": [{"numeric": ["=", 3.018e2]}]}]}}`

const orNested = `{"source": ["aws.cloudwatch"], "$or": [{"metricName": ["CPUUtilization", "ReadLatency"]},
  {"metricType": ["MetricType"], "namespace": ["AWS/EC2", "AWS/ES"], "$or": [{"metricId": [1234]}, {"spaceId": [1000]}]},
  {"scope": ["Service"]}]}`

// example is a pattern with an event, and whether they match.
type example struct {
	name, page, pattern, event string
	want                       bool
}

func TestDocumentation(t *testing.T) {
	for _, test := range documentation() {
		t.Run(test.name, func(t *testing.T) {
			require.NotEmpty(t, test.page)
			requireMatch(t, test.want, test.pattern, test.event)
		})
	}
}

func documentation() []example {
	return []example{
		{"the first example", pageEvents, `{"source": ["aws.ec2"],
			"detail-type": ["EC2 Instance State-change Notification"], "detail": {"state": ["terminated"]}}`, terminated, true},
		{"the first example, other state", pageEvents, `{"source": ["aws.ec2"], "detail": {"state": ["running"]}}`, terminated, false},
		{"match values", pageEvents, `{"source": ["aws.ec2", "aws.fargate"]}`, terminated, true},
		{"match values, neither", pageEvents, `{"source": ["aws.ecs", "aws.fargate"]}`, terminated, false},
		{"no case folding", pageEvents, `{"source": ["AWS.ec2"]}`, terminated, false},
		{"the same nesting", pageEvents, `{"state": ["terminated"]}`, terminated, false},
		{"all fields must be there", pageEvents, `{"source": ["aws.ec2"], "nothing": ["x"]}`, terminated, false},
		{"field matching", pageEvents, `{"source": ["aws.autoscaling"], "detail-type": ["EC2 Instance Launch Successful"],
			"detail": {"responseElements": [null]}}`, launch, true},
		{"value matching", pageEvents, `{"source": ["aws.macie"], "detail-type": ["Macie Finding"],
			"detail": {"severity": {"score": [1]}, "count": [2]}}`, macie, true},
		{"value matching, a number is no string", pageEvents, `{"detail": {"count": ["2"]}}`, macie, false},
		{"and", pageOperators, `{"Location": ["New York"], "Day": ["Monday"]}`, `{"Location": "New York", "Day": "Monday"}`, true},
		{"and, one fails", pageOperators, `{"Location": ["New York"], "Day": ["Monday"]}`, `{"Location": "New York", "Day": "Friday"}`, false},
		{"or", pageOperators, `{"PaymentType": ["Credit", "Debit"]}`, `{"PaymentType": "Debit"}`, true},
		{"or, multiple fields", pageOperators, `{"$or": [{"Location": ["New York"]}, {"Day": ["Monday"]}]}`, `{"Day": "Monday"}`, true},
		{"or, multiple fields, neither", pageOperators, `{"$or": [{"Location": ["New York"]}, {"Day": ["Monday"]}]}`, `{"Day": "Friday"}`, false},
		{"empty string", pageNull, `{"detail": {"eventVersion": [""]}}`, launch, true},
		{"empty string is not null", pageNull, `{"detail": {"responseElements": [""]}}`, launch, false},
		{"null", pageNull, `{"detail": {"responseElements": [null]}}`, launch, true},
		{"null is not empty", pageNull, `{"detail": {"eventVersion": [null]}}`, launch, false},
		{"null, UserID", pageOperators, `{"UserID": [null]}`, `{"UserID": null}`, true},
		{"empty, LastName", pageOperators, `{"LastName": [""]}`, `{"LastName": ""}`, true},
		{"equals", pageOperators, `{"Name": ["Alice"]}`, `{"Name": "Alice"}`, true},
		{"arrays: the intersection", pageArrays, `{"resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-b188560f",
			"arn:aws:ec2:us-east-1:111122223333:instance/i-b188560f"]}`, resources, true},
		{"arrays: no intersection", pageArrays, `{"resources": ["arn:aws:ec2:us-east-1:111122223333:instance/i-b188560f"]}`, resources, false},
		{"prefix", pageOperators, `{"time": [{"prefix": "2017-10-02"}]}`, `{"time": "2017-10-02T18:43:48Z"}`, true},
		{"prefix, another day", pageOperators, `{"time": [{"prefix": "2017-10-02"}]}`, terminated, false},
		{"begins with, Region", pageOperators, `{"Region": [{"prefix": "us-"}]}`, `{"Region": "us-east-1"}`, true},
		{"prefix ignoring case", pageOperators, `{"detail": {"service": [{"prefix": {"equals-ignore-case": "EventB"}}]}}`,
			`{"detail": {"service": "EVENTBridge"}}`, true},
		{"prefix ignoring case, not at the start", pageOperators, `{"detail": {"service": [{"prefix": {"equals-ignore-case": "EventB"}}]}}`,
			`{"detail": {"service": "my eventbridge"}}`, false},
		{"suffix", pageOperators, `{"FileName": [{"suffix": ".png"}]}`, `{"FileName": "a.png"}`, true},
		{"suffix, another case", pageOperators, `{"FileName": [{"suffix": ".png"}]}`, `{"FileName": "a.PNG"}`, false},
		{"suffix ignoring case", pageOperators, `{"detail": {"FileName": [{"suffix": {"equals-ignore-case": ".png"}}]}}`,
			`{"detail": {"FileName": "a.PNG"}}`, true},
		{"anything-but a string", pageOperators, `{"detail": {"state": [{"anything-but": "initializing"}]}}`, pending, true},
		{"anything-but a string, that one", pageOperators, `{"detail": {"state": [{"anything-but": "pending"}]}}`, pending, false},
		{"anything-but needs the field", pageOperators, `{"detail": {"state": [{"anything-but": "pending"}]}}`, withoutState, false},
		{"anything-but a number", pageOperators, `{"detail": {"x-limit": [{"anything-but": 123}]}}`, counts, true},
		{"anything-but a number, that one", pageOperators, `{"detail": {"x-limit": [{"anything-but": 301.8}]}}`, counts, false},
		{"anything-but strings", pageOperators, `{"detail": {"state": [{"anything-but": ["stopped", "overloaded"]}]}}`, counts, true},
		{"anything-but strings, one of them", pageOperators, `{"detail": {"state": [{"anything-but": ["stopped", "running"]}]}}`, counts, false},
		{"anything-but numbers", pageOperators, `{"detail": {"x-limit": [{"anything-but": [100, 200, 300]}]}}`, counts, true},
		{"anything-but numbers, one of them", pageOperators, `{"detail": {"c-count": [{"anything-but": [100, 5]}]}}`, counts, false},
		{"not, Weather", pageOperators, `{"Weather": [{"anything-but": ["Raining"]}]}`, `{"Weather": "Sunny"}`, true},
		{"anything-but ignoring case", pageOperators, `{"detail": {"state": [{"anything-but": {"equals-ignore-case": "RUNNING"}}]}}`, counts, false},
		{"anything-but ignoring case, a list", pageOperators,
			`{"detail": {"state": [{"anything-but": {"equals-ignore-case": ["initializing", "Stopped"]}}]}}`, counts, true},
		{"anything-but a prefix", pageOperators, `{"detail": {"state": [{"anything-but": {"prefix": "init"}}]}}`, counts, true},
		{"anything-but a prefix, that one", pageOperators, `{"detail": {"state": [{"anything-but": {"prefix": "run"}}]}}`, counts, false},
		{"anything-but prefixes", pageOperators, `{"detail": {"state": [{"anything-but": {"prefix": ["init", "run"]}}]}}`, counts, false},
		{"anything-but a suffix", pageOperators, `{"FileName": [{"anything-but": {"suffix": ".txt"}}]}`, `{"FileName": "a.png"}`, true},
		{"anything-but suffixes", pageOperators, `{"FileName": [{"anything-but": {"suffix": [".txt", ".rtf"]}}]}`, `{"FileName": "a.rtf"}`, false},
		{"anything-but a wildcard", pageOperators, `{"FilePath": [{"anything-but": {"wildcard": "*/lib/*"}}]}`, `{"FilePath": "a/lib/b"}`, false},
		{"anything-but a wildcard, another", pageOperators, `{"FilePath": [{"anything-but": {"wildcard": "*/lib/*"}}]}`, `{"FilePath": "a/bin/b"}`, true},
		{"anything-but wildcards", pageOperators, `{"FilePath": [{"anything-but": {"wildcard": ["*/lib/*", "*/bin/*"]}}]}`, `{"FilePath": "a/bin/b"}`, false},
		{"numeric", pageOperators, `{"detail": {"c-count": [{"numeric": [">", 0, "<=", 5]}], "d-count": [{"numeric": ["<", 10]}],
			"x-limit": [{"numeric": ["=", 3.018e2]}]}}`, counts, true},
		{"numeric equals, Price", pageOperators, `{"Price": [{"numeric": ["=", 100]}]}`, `{"Price": 100}`, true},
		{"numeric range, Price", pageOperators, `{"Price": [{"numeric": [">", 10, "<=", 20]}]}`, `{"Price": 20}`, true},
		{"numeric range, the open end", pageOperators, `{"Price": [{"numeric": [">", 10, "<=", 20]}]}`, `{"Price": 10}`, false},
		{"numeric of a string", pageOperators, `{"Price": [{"numeric": ["=", 100]}]}`, `{"Price": "100"}`, false},
		{"cidr", pageOperators, `{"detail": {"sourceIPAddress": [{"cidr": "10.0.0.0/24"}]}}`, `{"detail": {"sourceIPAddress": "10.0.0.255"}}`, true},
		{"cidr, outside", pageOperators, `{"detail": {"sourceIPAddress": [{"cidr": "10.0.0.0/24"}]}}`, `{"detail": {"sourceIPAddress": "10.0.1.0"}}`, false},
		{"cidr, IPv6", pageOperators, `{"ip": [{"cidr": "2001:db8::/32"}]}`, `{"ip": "2001:0DB8:ffff::1"}`, true},
		{"exists", pageOperators, `{"detail": {"state": [{"exists": true}]}}`, pending, true},
		{"exists, not there", pageOperators, `{"detail": {"state": [{"exists": true}]}}`, withoutState, false},
		{"does not exist, ProductName", pageOperators, `{"ProductName": [{"exists": false}]}`, `{"Price": 1}`, true},
		{"exists sees leaves only", pageOperators, `{"detail": {"c-count": [{"exists": true}]}}`, withoutState, false},
		{"does not exist sees leaves only", pageRuler, `{"detail": {"c-count": [{"exists": false}]}}`, withoutState, true},
		{"equals-ignore-case", pageOperators, `{"detail-type": [{"equals-ignore-case": "ec2 instance state-change notification"}]}`, withoutState, true},
		{"equals-ignore-case, Name", pageOperators, `{"Name": [{"equals-ignore-case": "alice"}]}`, `{"Name": "ALICE"}`, true},
		{"wildcard in a folder", pageOperators, `{"FilePath": [{"wildcard": "dir/*.png"}]}`, `{"FilePath": "dir/a/b.png"}`, true},
		{"wildcard in a folder, another", pageOperators, `{"FilePath": [{"wildcard": "dir/*.png"}]}`, `{"FilePath": "other/a.png"}`, false},
		{"wildcard, two stars", pageOperators, `{"EventBusArn": [{"wildcard": "arn:aws:events:us-east-1:*:event-bus/*"}]}`,
			`{"EventBusArn": "arn:aws:events:us-east-1:123456789012:event-bus/default"}`, true},
		{"wildcard, a star itself", pageOperators, `{"x": [{"wildcard": "a\\*b"}]}`, `{"x": "a*b"}`, true},
		{"wildcard, a star itself is no star", pageOperators, `{"x": [{"wildcard": "a\\*b"}]}`, `{"x": "axb"}`, false},
		{"complex example", pageOperators, `{"time": [{"prefix": "2017-10-02"}], "detail": {"state": [{"anything-but": "initializing"}],
			"c-count": [{"numeric": [">", 0, "<=", 5]}], "d-count": [{"numeric": ["<", 10]}], "x-limit": [{"anything-but": [100, 200, 300]}]}}`, counts, true},
		{"the last of two equal keys counts", pageOperators, `{"detail": {"location": [{"prefix": "us-"}], "location": [{"anything-but": "us-east"}]}}`,
			`{"detail": {"location": "eu-west-1"}}`, true},
		{"$or, the first", pageOperators, orDetail, `{"detail": {"c-count": 5}}`, true},
		{"$or, the last", pageOperators, orDetail, `{"detail": {"x-limit": 301.8, "c-count": 6}}`, true},
		{"$or, none", pageOperators, orDetail, `{"detail": {"x-limit": 1, "c-count": 6, "d-count": 10}}`, false},
		{"simple matching", pageRuler, `{"detail-type": ["EC2 Instance State-change Notification"],
			"resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-000000aaaaaa00000"],
			"detail": {"state": ["initializing", "running"]}}`, counts, true},
		{"nested $or, the outer", pageRuler, orNested, `{"source": "aws.cloudwatch", "scope": "Service"}`, true},
		{"nested $or, the inner", pageRuler, orNested,
			`{"source": "aws.cloudwatch", "metricType": "MetricType", "namespace": "AWS/ES", "spaceId": 1000}`, true},
		{"nested $or, half the inner", pageRuler, orNested,
			`{"source": "aws.cloudwatch", "metricType": "MetricType", "namespace": "AWS/ES"}`, false},
		{"parallel $or", pageRuler, `{"$or": [{"m": ["1"]}, {"n": ["2"]}], "detail": {"$or": [{"s": ["3"]}, {"t": ["4"]}]}}`,
			`{"n": "2", "detail": {"s": "3"}}`, true},
		{"parallel $or, one side only", pageRuler, `{"$or": [{"m": ["1"]}, {"n": ["2"]}], "detail": {"$or": [{"s": ["3"]}, {"t": ["4"]}]}}`,
			`{"n": "2"}`, false},
		{"$or as a field with an object", pageRuler, `{"$or": {"metricType": ["MetricType"]}}`, `{"$or": {"metricType": "MetricType"}}`, true},
		{"$or as a field with operators", pageRuler, `{"$or": [{"numeric": ["=", 123]}, {"prefix": "abc"}]}`, `{"$or": "abcd"}`, true},
	}
}

func requireMatch(t require.TestingT, want bool, text, event string) {
	p, err := pattern.Compile([]byte(text))
	require.NoError(t, err)
	got, err := p.Match([]byte(event))
	require.NoError(t, err)
	require.Equal(t, want, got)
	misses, err := p.Explain([]byte(event))
	require.NoError(t, err)
	require.Equal(t, want, len(misses) == 0, "Explain must agree")
}
