package operator

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"

	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
)

// Settings is the function's environment, checked: that of the deployment's consumers, with all their outlets together in
// OUTFLOW_OUTLETS, and the table.
type Settings struct {
	consume.Settings
	Table    string // OUTFLOW_TABLE: name
	DynamoDB string // AWS_ENDPOINT_URL_DYNAMODB, the SDK's own; "" for the region's
}

// tablePattern is DynamoDB's rule for names of tables.
var tablePattern = regexp.MustCompile(`^[a-zA-Z0-9_.-]{3,255}$`)

// Load reads the environment and the compiled model that it names, and reports the faults of both in one error.
func Load(getenv func(string) string) (Settings, *model.Model, error) {
	shared, m, err := consume.Load(getenv)
	s := Settings{Settings: shared, Table: getenv("OUTFLOW_TABLE"), DynamoDB: getenv("AWS_ENDPOINT_URL_DYNAMODB")}
	switch {
	case s.Table == "":
		err = errors.Join(err, errors.New("environment variable OUTFLOW_TABLE is not set"))
	case !tablePattern.MatchString(s.Table):
		err = errors.Join(err, fmt.Errorf("environment variable OUTFLOW_TABLE is %q; it must be the name of a table, not its ARN", s.Table))
	}
	if u, wrong := url.Parse(s.DynamoDB); s.DynamoDB != "" && (wrong != nil || u.Host == "") {
		err = errors.Join(err, fmt.Errorf("environment variable AWS_ENDPOINT_URL_DYNAMODB is %q; it must be a URL such as "+
			"http://127.0.0.1:8000", s.DynamoDB))
	}
	return s, m, err
}
