package tfcheck_test

// function is one of terraform/examples/complete.
type function struct {
	module string // in addresses of its resources
	source string // its folder in functions/
	calls  []call
	// linked are calls in code that is linked in and that this function does not run, and why.
	linked map[string]string
}

// Names that the example gives.
const (
	region   = "eu-west-1:123456789012:"
	table    = "arn:aws:dynamodb:" + region + "table/shop-prod"
	stream   = table + "/stream/2024-01-01T00:00:00.000"
	domain   = "arn:aws:es:" + region + "domain/shop-prod/"
	bus      = "arn:aws:events:" + region + "event-bus/shop-prod"
	failures = "arn:aws:s3:::shop-prod-failures-123456789012"
	claims   = "arn:aws:s3:::shop-prod-claims-123456789012"
	log      = "arn:aws:s3:::shop-prod-audit-123456789012"
	segment  = log + "/audit/v1/shop-prod/dt=2026-11-21/hour=12/a-1-2-0123456789abcdef.ndjson.gz"
	dataKey  = "data key"    // stands for the ARN that the deployment gives it
	signKey  = "signing key" // likewise
)

func role(name string) string { return "arn:aws:iam::123456789012:role/shop-prod-" + name }

const baselines = "the audit log's baseline is written by outflow audit baseline, with the rights of who runs it"

// functions says what each function calls, and what Lambda calls with its role. All that it may do is here, and all
// that is here it may do.
func functions() map[string]function {
	return map[string]function{
		"search": {
			module: `module.consumer["search"]`, source: "consumer",
			calls: join(lambda("search"), polled, parks, searches, network),
			linked: map[string]string{
				"s3:ListBucket":    "only the operator lists what is parked",
				"s3:GetObject":     "only the outlet audit reads back",
				"events:PutEvents": "it does not host events",
				"dynamodb:Scan":    baselines,
			},
		},
		"ledger": {
			module: `module.consumer["ledger"]`, source: "consumer",
			calls: join(lambda("ledger"), polled, parks, publishes, records),
			linked: map[string]string{
				"dynamodb:GetItem": "it does not host search",
				"dynamodb:Scan":    baselines,
			},
		},
		"operator": {
			module: "module.operator", source: "operator",
			calls: join(lambda("operator"), parks, searches, publishes, records, operates, network),
		},
		"digester": {
			module: "module.digester", source: "digester",
			calls:  join(lambda("digester"), records, seals),
			linked: map[string]string{"dynamodb:Scan": baselines},
		},
	}
}

func join(parts ...[]call) []call {
	var all []call
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}

// lambda is what Lambda does for every function, and every function with data under the key.
func lambda(name string) []call {
	group := "arn:aws:logs:" + region + "log-group:/aws/lambda/shop-prod-" + name + ":"
	return []call{
		{action: "logs:CreateLogStream", resource: group + "*"},
		{action: "logs:PutLogEvents", resource: group + "log-stream:2026/11/21/[$LATEST]0123"},
		{action: "kms:Decrypt", resource: dataKey},
		{action: "kms:GenerateDataKey", resource: dataKey},
	}
}

var (
	// polled is what Lambda does for an event source mapping ("Process DynamoDB records", AWS Lambda Developer Guide;
	// "Retain discarded records", for the destination).
	polled = []call{
		{action: "dynamodb:DescribeStream", resource: stream},
		{action: "dynamodb:GetRecords", resource: stream},
		{action: "dynamodb:GetShardIterator", resource: stream},
		{action: "dynamodb:ListStreams", resource: "*"},
		{action: "s3:PutObject", resource: failures + "/aws/lambda/1234/shardId-1/2026/11/21/2026-11-21T12.00.00-1234"},
		{action: "s3:PutObject", resource: failures + "/*"}, // checked when the mapping is made
		{action: "s3:ListBucket", resource: failures},
	}
	// network is what Lambda does for a function in a VPC ("Required IAM permissions", AWS Lambda Developer Guide).
	network = []call{
		{action: "ec2:CreateNetworkInterface", resource: "*"},
		{action: "ec2:DescribeNetworkInterfaces", resource: "*"},
		{action: "ec2:DescribeSubnets", resource: "*"},
		{action: "ec2:DeleteNetworkInterface", resource: "*"},
		{action: "ec2:AssignPrivateIpAddresses", resource: "*"},
		{action: "ec2:UnassignPrivateIpAddresses", resource: "*"},
	}
	parks = []call{
		{action: "s3:PutObject", resource: failures + "/parked/search/2026-01-01T00:00:00.000/1-1.json"},
	}
	searches = []call{
		{action: "es:ESHttpPost", resource: domain + "_bulk"},
		{action: "es:ESHttpPost", resource: domain + "_aliases"},
		{action: "es:ESHttpPost", resource: domain + "_mget"},
		{action: "es:ESHttpPut", resource: domain + "_scripts/outflow-0123456789abcdef"},
		{action: "es:ESHttpPut", resource: domain + "shop-prod-orders-000001"},
		{action: "es:ESHttpPut", resource: domain + "shop-prod-orders-000001/_mapping"},
		{action: "es:ESHttpGet", resource: domain + "shop-prod-orders-*"},
		{action: "dynamodb:GetItem", resource: table},
	}
	publishes = []call{
		{action: "events:PutEvents", resource: bus, context: map[string]string{"events:source": "com.example.shop"}},
		{action: "s3:PutObject", resource: claims + "/claims/1-2"},
	}
	records = []call{
		{action: "s3:PutObject", resource: segment, context: map[string]string{"s3:if-none-match": "*"}},
		{action: "s3:PutObjectRetention", resource: segment},
		{action: "s3:GetObject", resource: segment},
	}
	operates = []call{
		{action: "es:ESHttpPost", resource: domain + "shop-prod-orders-000001-write/_search"},
		{action: "dynamodb:DescribeTable", resource: table},
		{action: "dynamodb:Scan", resource: table},
		{action: "s3:ListBucket", resource: failures, context: map[string]string{"s3:prefix": "parked/"}},
		{action: "s3:GetObject", resource: failures + "/parked/search/a/1-1.json"},
		{action: "s3:GetObject", resource: failures + "/aws/lambda/1234/shardId-1/2026/11/21/1"},
		{action: "s3:PutObject", resource: failures + "/aws/lambda/1234/shardId-1/2026/11/21/1.outcomes/1"},
	}
	seals = []call{
		{action: "s3:ListBucket", resource: log, context: map[string]string{"s3:prefix": "audit/v1/shop-prod/dt=2026-11-21/hour=12/"}},
		{action: "s3:ListBucket", resource: failures, context: map[string]string{"s3:prefix": "parked/"}},
		{action: "s3:ListBucket", resource: failures, context: map[string]string{"s3:prefix": "aws/lambda/"}},
		{action: "kms:GetPublicKey", resource: signKey},
		{action: "kms:Sign", resource: signKey},
	}
)

// searchCalls are the calls of pkg/search by method and path as the code writes them: the path that they ask for, or ""
// where only the CLI makes them, with the rights of who runs it.
var searchCalls = map[string]string{
	`Post bulkPath`:    "_bulk",
	`Post "/_mget"`:    "_mget",
	`Post "/_aliases"`: "_aliases",
	`Post "/" + p.target.to.Alias + "/_search"`: "shop-prod-orders-000001-write/_search",
	`Put "/_scripts/" + ScriptID()`:             "_scripts/outflow-0123456789abcdef",
	`Put "/" + name`:                            "shop-prod-orders-000001",
	`Put "/"+p.Name+"/_mapping"`:                "shop-prod-orders-000001/_mapping",
	`Get "/" + base + "*"`:                      "shop-prod-orders-*",
	`Post "/" + alias + "/_search"`:             "", // search query
	`Get "/_scripts/" + ScriptID()`:             "", // search plan
	`Get "/" + names`:                           "", // search plan
}

// wildcards are the statements whose resource is "*", each with its reason.
var wildcards = map[string]string{
	"ListStreams":       "the action takes no resource",
	"NetworkInterfaces": "they have no ARN before they are made, and describing them has none at all",
}

// forbidden is what must not be possible, by whom.
var forbidden = []struct {
	name, function string
	call           call
}{
	{"search does not write the log", "search", call{action: "s3:PutObject", resource: segment, context: map[string]string{"s3:if-none-match": "*"}}},
	{"search does not publish", "search", call{action: "events:PutEvents", resource: bus, context: map[string]string{"events:source": "com.example.shop"}}},
	{"nobody publishes as another", "ledger", call{action: "events:PutEvents", resource: bus, context: map[string]string{"events:source": "com.example.other"}}},
	{"nobody writes the log twice", "ledger", call{action: "s3:PutObject", resource: segment}},
	{"nobody writes another's log", "ledger", call{action: "s3:PutObject", resource: log + "/audit/v1/other/x", context: map[string]string{"s3:if-none-match": "*"}}},
	{"nobody deletes from the log", "operator", call{action: "s3:DeleteObject", resource: segment}},
	{"nobody deletes a version of it", "operator", call{action: "s3:DeleteObjectVersion", resource: segment}},
	{"nobody passes by the lock", "digester", call{action: "s3:BypassGovernanceRetention", resource: segment}},
	{"nobody but the digester signs", "operator", call{action: "kms:Sign", resource: signKey}},
	{"nobody deletes what is parked", "operator", call{action: "s3:DeleteObject", resource: failures + "/parked/search/a/1-1.json"}},
	{"nobody deletes an index", "operator", call{action: "es:ESHttpDelete", resource: domain + "shop-prod-orders-000001"}},
	{"nobody reaches another's index", "search", call{action: "es:ESHttpPost", resource: domain + "other-orders/_search"}},
	{"nobody writes the table", "operator", call{action: "dynamodb:PutItem", resource: table}},
	{"a consumer does not read the table whole", "search", call{action: "dynamodb:Scan", resource: table}},
}
