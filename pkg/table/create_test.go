package table_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/pkg/table"
)

const describedShop = `{"Table":{"TableStatus":"ACTIVE","LatestStreamArn":"arn:stream",
	"AttributeDefinitions":[{"AttributeName":"PK","AttributeType":"S"},{"AttributeName":"SK","AttributeType":"S"},
		{"AttributeName":"GSI1PK","AttributeType":"S"},{"AttributeName":"GSI1SK","AttributeType":"S"},{"AttributeName":"GSI2PK","AttributeType":"N"}],
	"KeySchema":[{"AttributeName":"PK","KeyType":"HASH"},{"AttributeName":"SK","KeyType":"RANGE"}],
	"GlobalSecondaryIndexes":[
		{"IndexName":"GSI2","KeySchema":[{"AttributeName":"GSI2PK","KeyType":"HASH"}]},
		{"IndexName":"GSI1","KeySchema":[{"AttributeName":"GSI1PK","KeyType":"HASH"},{"AttributeName":"GSI1SK","KeyType":"RANGE"}]}],
	"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"}}}`

func TestCreateAsksForWhatTheModelNeeds(t *testing.T) {
	shop, server := fakeTable(t, loadModel(t), answer{http.StatusOK, `{}`}, answer{http.StatusOK, describedShop})
	arn, err := shop.Create(t.Context())
	require.NoError(t, err)
	require.Equal(t, "arn:stream", arn)

	create := server.calls[0].body
	require.Equal(t, "PAY_PER_REQUEST", create["BillingMode"])
	require.JSONEq(t, `{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"}`, asJSON(t, create["StreamSpecification"]))
	require.JSONEq(t, `[{"AttributeName":"PK","AttributeType":"S"},{"AttributeName":"SK","AttributeType":"S"},
		{"AttributeName":"GSI1PK","AttributeType":"S"},{"AttributeName":"GSI1SK","AttributeType":"S"},
		{"AttributeName":"GSI2PK","AttributeType":"N"}]`, asJSON(t, create["AttributeDefinitions"]))
	require.Len(t, create["GlobalSecondaryIndexes"], 2)
	last := server.calls[len(server.calls)-1]
	require.Equal(t, "UpdateTimeToLive", last.op)
	require.JSONEq(t, `{"AttributeName":"expires_at","Enabled":true}`, asJSON(t, last.body["TimeToLiveSpecification"]))
}

func TestCreateKeepsATableThatFitsAndRefusesAnother(t *testing.T) {
	inUse := answer{http.StatusBadRequest, `{"__type":"ResourceInUseException","message":"there"}`}
	enabled := func(attribute string) answer {
		return answer{http.StatusOK, `{"TimeToLiveDescription":{"TimeToLiveStatus":"ENABLED","AttributeName":"` + attribute + `"}}`}
	}
	shop, server := fakeTable(t, loadModel(t), inUse, answer{http.StatusOK, describedShop}, enabled("expires_at"))
	_, err := shop.Create(t.Context())
	require.NoError(t, err)
	require.Equal(t, "DescribeTimeToLive", server.calls[len(server.calls)-1].op)

	shop, _ = fakeTable(t, loadModel(t), inUse, answer{http.StatusOK, describedShop}, enabled("ttl"))
	_, err = shop.Create(t.Context())
	require.ErrorContains(t, err, "it is enabled on attribute ttl, and the model says expires_at")

	for _, test := range []struct{ name, table, says string }{
		{"key", `{"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]}`, "its key is another"},
		{"index", `{}`, "it has no index GSI1"},
		{"stream", `{"StreamSpecification":{"StreamEnabled":true,"StreamViewType":"KEYS_ONLY"}}`, "it has no stream of NEW_AND_OLD_IMAGES"},
	} {
		t.Run(test.name, func(t *testing.T) {
			described := `{"Table":{"TableStatus":"ACTIVE",` + test.table[1:] + `}`
			if test.table == `{}` {
				described = `{"Table":{"TableStatus":"ACTIVE"}}`
			}
			shop, _ := fakeTable(t, loadModel(t), inUse, answer{http.StatusOK, described})
			_, err := shop.Create(t.Context())
			require.ErrorContains(t, err, "there is one that does not fit the model")
			require.ErrorContains(t, err, test.says)
		})
	}
}

func TestDefinitionIsOfAnyModel(t *testing.T) {
	m := parse(t, "outflow: 1\nname: one\ntable: {key: [id]}\nentities:\n  One: {key: {id: \"{number}\"}, attributes: {number: integer}}\n")
	in := table.Definition(m, "one")
	require.Equal(t, "N", string(in.AttributeDefinitions[0].AttributeType))
	require.Empty(t, in.GlobalSecondaryIndexes)
}
