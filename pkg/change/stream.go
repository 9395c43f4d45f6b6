package change

import "strings"

// Stream is the stream that a record comes from, by its ARN:
// arn:aws:dynamodb:REGION:ACCOUNT:table/NAME/stream/LABEL, also in other partitions than aws. DynamoDB Local has the
// region ddblocal and the account 000000000000. The label is the time of the stream's creation, such as
// 2026-11-21T12:00:00.000, and so orders the streams of one table.
type Stream struct{ ARN, Region, Account, Table, Label string }

const errARN reason = "is not arn:<partition>:dynamodb:<region>:<account>:table/<name>/stream/<label>"

// parseStream takes the ARN of a stream apart.
func parseStream(arn string) (Stream, error) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" || !strings.HasPrefix(parts[1], "aws") || parts[2] != "dynamodb" {
		return Stream{}, errARN
	}
	path := strings.Split(parts[5], "/")
	if len(path) != 4 || path[0] != "table" || path[2] != "stream" {
		return Stream{}, errARN
	}
	s := Stream{ARN: arn, Region: parts[3], Account: parts[4], Table: path[1], Label: path[3]}
	if s.Region == "" || s.Account == "" || s.Table == "" || s.Label == "" {
		return Stream{}, errARN
	}
	return s, nil
}

// LabelOf is the label in a stream's ARN: what follows its last slash, whatever comes before it, and all of a text that
// has no slash.
func LabelOf[T ~string | ~[]byte](arn T) T {
	for i := len(arn); i > 0; i-- {
		if arn[i-1] == '/' {
			return arn[i:]
		}
	}
	return arn
}
