package export_test

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/toolbox"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/audit/export"
	"github.com/outflow-dev/outflow/pkg/change"
	"github.com/outflow-dev/outflow/pkg/model"
)

const orders = `
outflow: 1
name: shop
event_source: com.example.shop
table: {key: [PK], stamps: {actor: by, request: req}}
entities:
  Order:
    key: {PK: "ORDER#{order_id}"}
    attributes: {status: {enum: [NEW, PAID]}, total: decimal, huge: decimal, qty: integer, paid: boolean, rate: number,
      created_at: timestamp, tags: {list: string}, blob: binary, Op: string}
  User: {key: {PK: "USER#{user_id}"}}
`

const arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/shop/stream/2026-11-02T09:14:07.312"

// record is a stream record; images are members of an item beside its key, "" for none.
func record(n int, key, before, after string) string {
	op := "MODIFY"
	images := ""
	image := func(name, members string) {
		images += fmt.Sprintf(`,"%s":{"PK":{"S":"%s"}%s}`, name, key, members)
	}
	if before == "" {
		op = "INSERT"
	} else {
		image("OldImage", before)
	}
	if after == "" {
		op = "REMOVE"
	} else {
		image("NewImage", after)
	}
	return fmt.Sprintf(`{"eventID":"e%d","eventName":"%s","eventSource":"aws:dynamodb","eventSourceARN":"%s","awsRegion":"eu-west-1",`+
		`"dynamodb":{"ApproximateCreationDateTime":%d,"Keys":{"PK":{"S":"%s"}},"SequenceNumber":"%d","StreamViewType":"NEW_AND_OLD_IMAGES"%s}}`,
		n, op, arn, 1793610000+n, key, n, images)
}

// log makes the lines of records: their text, and as they are read.
func log(t *testing.T, records ...string) (*model.Model, []byte, []audit.Line) {
	t.Helper()
	m, faults := model.Parse("model.yaml", []byte(orders))
	require.NoError(t, faults.Err())
	changes, err := change.Decode(m, []byte(`{"Records":[`+strings.Join(records, ",")+`]}`))
	require.NoError(t, err)
	var text []byte
	var lines []audit.Line
	for _, segment := range audit.Cut(m, "shop-test", changes) {
		body, err := segment.Compressed()
		require.NoError(t, err)
		read, err := audit.ReadSegment(segment.Key, body)
		require.NoError(t, err)
		text, lines = append(text, segment.Lines...), append(lines, read...)
	}
	return m, text, lines
}

func source(m *model.Model, lines []audit.Line) export.Source {
	return export.Source{Model: m, Entity: "Order", Lines: func() iter.Seq2[audit.Line, error] {
		return func(yield func(audit.Line, error) bool) {
			for i := range lines {
				if !yield(lines[i], nil) {
					return
				}
			}
		}
	}}
}

// life is a log with all that the columns have to hold.
func life() []string {
	var records []string
	before := map[string]string{}
	for n := 1; n <= 400; n++ {
		key := fmt.Sprintf("ORDER#o%d", n%37)
		if n%11 == 0 {
			key = fmt.Sprintf("USER#u%d", n%5)
		}
		after := fmt.Sprintf(`,"status":{"S":"%s"},"total":{"N":"%d.%d"},"qty":{"N":"%d"},"paid":{"BOOL":%t},"rate":{"N":"0.%d"}`,
			[]string{"NEW", "PAID"}[n%2], n*7919%1000-300, n, n-200, n%3 == 0, n) +
			fmt.Sprintf(`,"created_at":{"S":"2026-11-02T09:%02d:%02d.%06dZ"},"tags":{"L":[{"S":"a%d"},{"S":"b"}]},"blob":{"B":"AP8%d"}`, n%60, n%60, n, n, n%10) +
			fmt.Sprintf(`,"Op":{"S":"x"},"huge":{"N":"%s"},"by":{"S":"ann"},"req":{"S":"r%d"}`,
				[]string{"12345678901234567890123456789012345678", "0.00000000000000000000000000000000001"}[n%2], n/2)
		switch {
		case n%13 == 0 && before[key] != "":
			after = ""
		case n == 200:
			after = strings.Replace(after, `"total":{"N":"`, `"total":{"N":"0.000000001"},"was":{"N":"`, 1)
		}
		records = append(records, record(n, key, before[key], after))
		before[key] = after
	}
	return records
}

func TestTheCopyAnswersAsTheLinesDo(t *testing.T) {
	python := toolbox.Python(t, filepath.Join("testdata", "requirements.txt"))
	m, text, lines := log(t, life()...)
	folder := t.TempDir()
	ndjson, table := filepath.Join(folder, "lines.ndjson"), filepath.Join(folder, "Order.parquet")
	require.NoError(t, os.WriteFile(ndjson, text, 0o600))
	var out bytes.Buffer
	report, err := export.Write(&out, source(m, lines))
	require.NoError(t, err)
	require.Equal(t, 364, report.Rows)
	require.NoError(t, os.WriteFile(table, out.Bytes(), 0o600))
	run := exec.CommandContext(t.Context(), python, filepath.Join("testdata", "same.py"), ndjson, table)
	output, err := run.CombinedOutput()
	require.NoError(t, err, "%s", output)
	require.Contains(t, string(output), "rows agree")
}

// rows reads a file back, as texts by column.
func rows(t *testing.T, file []byte) []map[string]string {
	t.Helper()
	reader, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	names := reader.Schema().Columns()
	var all []map[string]string
	for _, group := range reader.RowGroups() {
		in := group.Rows()
		buffer := make([]parquet.Row, 10)
		for {
			n, err := in.ReadRows(buffer)
			for _, row := range buffer[:n] {
				one := map[string]string{}
				for _, v := range row {
					if !v.IsNull() {
						one[names[v.Column()][0]] = v.String()
					}
				}
				all = append(all, one)
			}
			if err != nil {
				break
			}
		}
		require.NoError(t, in.Close())
	}
	return all
}

func TestRows(t *testing.T) {
	wrong := `,"qty":{"S":"many"},"total":{"N":"1.5"},"by":{"S":"ann"}`
	m, _, lines := log(t, record(1, "ORDER#o1", "", wrong), record(2, "USER#u1", "", `,"a":{"S":"x"}`), record(3, "ORDER#o1", wrong, ""),
		`{"eventID":"e4","eventName":"INSERT","dynamodb":{}}`)
	var out bytes.Buffer
	report, err := export.Write(&out, source(m, lines))
	require.NoError(t, err)
	require.Equal(t, 2, report.Rows)
	require.Equal(t, 1, report.Raw)
	require.Equal(t, 1, report.Dropped)
	got := rows(t, out.Bytes())
	require.Len(t, got, 2)
	require.Equal(t, "qty", got[0]["dropped"])
	require.Equal(t, "ann", got[0]["actor"])
	require.Equal(t, "actor", got[0]["evidence"])
	require.Equal(t, "o1", got[1]["order_id"])
	require.Equal(t, "remove", got[1]["op"])
	require.NotContains(t, got[1], "total", "a remove leaves no state")
	require.NotContains(t, got[1], "actor", "its old image is no evidence")
}

func TestWriteRefusesWhatIsNotWhole(t *testing.T) {
	m, _, lines := log(t, record(1, "ORDER#o1", "", `,"total":{"N":"1.5"}`), record(2, "ORDER#o2", "", `,"total":{"N":"1.555"}`))
	s := source(m, lines)
	s.Lines = func() iter.Seq2[audit.Line, error] {
		return func(yield func(audit.Line, error) bool) { yield(audit.Line{}, errors.New("altered")) }
	}
	_, err := export.Write(&bytes.Buffer{}, s)
	require.ErrorContains(t, err, "altered")
	s.Entity = "Usr"
	_, err = export.Write(&bytes.Buffer{}, s)
	require.ErrorContains(t, err, "no entity Usr")

	readings := 0
	s = source(m, lines)
	whole := s.Lines
	s.Lines = func() iter.Seq2[audit.Line, error] {
		if readings++; readings == 1 {
			return source(m, lines[:1]).Lines()
		}
		return whole()
	}
	_, err = export.Write(&bytes.Buffer{}, s)
	require.ErrorContains(t, err, "the log grew")
}
