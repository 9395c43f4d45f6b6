package audit

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Column is one column of the Athena table over the log's lines.
type Column struct{ Name, Type, Member string } // Member is that of the line

// Columns are the columns, in the order of the table. Hive's names are lower case; the SerDe reads members regardless
// of case. Keys, images and view are text: json_extract_scalar(new, '$.status.S').
func Columns() []Column {
	text := func(member string) Column { return Column{strings.ToLower(member), "string", member} }
	return []Column{
		{"v", "int", "v"}, text("id"), text("stream"), text("seq"), text("at"), text("op"), text("cause"), text("keys"),
		text("old"), text("new"), text("oldHash"), text("newHash"), text("view"), text("raw"), text("rawBase64"), text("reason"),
	}
}

// bucketName is what S3 takes for the name of a bucket, but for some reserved beginnings and ends.
var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// DDL is the statement that makes the Athena table over a log: one row a line as it stands, so that a record that was
// delivered twice has two rows of one id. Partitions are projected from the keys, so that nobody has to add any, from
// 2020 on: that of records without a readable time, dt=1970-01-01, is not among them, since a query without a bound would
// list every hour of fifty years.
func DDL(bucket, log string) (string, error) {
	if !bucketName.MatchString(bucket) {
		return "", fmt.Errorf("%q is no name of a bucket", bucket)
	}
	if log == "" || strings.ContainsAny(log, "'\\\n/") {
		return "", errors.New("the log's name is not <name>-<stage>")
	}
	columns := make([]string, len(Columns()))
	for i, c := range Columns() {
		columns[i] = fmt.Sprintf("  `%s` %s COMMENT '%s'", c.Name, c.Type, c.Member)
	}
	place := "s3://" + bucket + "/" + Prefix(log)
	table := strings.NewReplacer("-", "_", ".", "_").Replace(log) + "_audit"
	return fmt.Sprintf(statement, table, strings.Join(columns, ",\n"), place, place), nil
}

const statement = "CREATE EXTERNAL TABLE IF NOT EXISTS `%s` (\n%s\n)\n" + `PARTITIONED BY (dt string, hour string)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
WITH SERDEPROPERTIES ('case.insensitive' = 'true')
STORED AS INPUTFORMAT 'org.apache.hadoop.mapred.TextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION '%s'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = '2020-01-01,NOW',
  'projection.hour.type' = 'integer',
  'projection.hour.range' = '0,23',
  'projection.hour.digits' = '2',
  'storage.location.template' = '%sdt=${dt}/hour=${hour}/'
);
`
