package tfcheck_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// The policies that the module gives out let each reader do its work and nothing more.
func TestReadersPolicies(t *testing.T) {
	w := newWorld(t)
	inClaims := map[string]string{"kms:EncryptionContext:aws:s3:arn": claims}
	inLog := map[string]string{"kms:EncryptionContext:aws:s3:arn": log}
	rule := "arn:aws:events:" + region + "rule/shop-prod/mine"
	own := map[string]string{"events:creatorAccount": "${aws:PrincipalAccount}"} // which AWS fills in
	for _, c := range []struct {
		name, reader string
		call         call
		allowed      bool
	}{
		{"searches an alias", "search_reader", call{"es:ESHttpPost", domain + "shop-prod-orders/_search", nil}, true},
		{"counts in it", "search_reader", call{"es:ESHttpGet", domain + "shop-prod-orders/_count", nil}, true},
		{"gets nothing by id, which passes by the alias's filter", "search_reader", call{"es:ESHttpGet", domain + "shop-prod-orders/_doc/1", nil}, false},
		{"searches no physical index", "search_reader", call{"es:ESHttpPost", domain + "shop-prod-orders-000001/_search", nil}, false},
		{"writes nothing", "search_reader", call{"es:ESHttpPut", domain + "shop-prod-orders/_search", nil}, false},
		{"makes a rule", "subscriber", call{"events:PutRule", rule, own}, true},
		{"touches nobody else's", "subscriber", call{"events:PutRule", rule, map[string]string{"events:creatorAccount": "444455556666"}}, false},
		{"makes none on another bus", "subscriber", call{"events:PutRule", "arn:aws:events:" + region + "rule/other/mine", own}, false},
		{"publishes nothing", "subscriber", call{"events:PutEvents", bus, nil}, false},
		{"reads a claim", "subscriber", call{"s3:GetObject", claims + "/claims/1-2", nil}, true},
		{"decrypts a claim", "subscriber", call{"kms:Decrypt", dataKey, inClaims}, true},
		{"decrypts nothing else", "subscriber", call{"kms:Decrypt", dataKey, inLog}, false},
		{"reads a segment", "auditor", call{"s3:GetObject", segment, nil}, true},
		{"sees all versions", "auditor", call{"s3:ListBucketVersions", log, nil}, true},
		{"reads a version", "auditor", call{"s3:GetObjectVersion", segment, nil}, true},
		{"decrypts the log", "auditor", call{"kms:Decrypt", dataKey, inLog}, true},
		{"gets the public key", "auditor", call{"kms:GetPublicKey", signKey, nil}, true},
		{"signs nothing", "auditor", call{"kms:Sign", signKey, nil}, false},
		{"writes nothing", "auditor", call{"s3:PutObject", segment, map[string]string{"s3:if-none-match": "*"}}, false},
		{"deletes nothing", "auditor", call{"s3:DeleteObjectVersion", segment, nil}, false},
		{"sees no events' bodies", "auditor", call{"s3:GetObject", claims + "/claims/1-2", nil}, false},
	} {
		t.Run(c.reader+" "+c.name, func(t *testing.T) {
			p := parsePolicy(t, value(t, resource(t, "aws_iam_policy_document", "."+c.reader+"[0]"), "json"))
			require.Equal(t, c.allowed, w.may(t, p, w.real(c.reader, c.call)))
		})
	}
}

// Policies of a role have at most 10,240 characters together, without white space (IAM's quota).
func TestPoliciesFit(t *testing.T) {
	largest := 0
	for _, r := range deployment(t) {
		if r.Type != "aws_iam_role_policy" {
			continue
		}
		var compact any
		require.NoError(t, json.Unmarshal([]byte(value(t, r, "policy")), &compact))
		text, err := json.Marshal(compact)
		require.NoError(t, err)
		largest = max(largest, len(text))
	}
	require.Greater(t, largest, 2000, "the operator's has every outlet")
	require.Less(t, largest, 10_240*3/4, "with room for longer names")
}
