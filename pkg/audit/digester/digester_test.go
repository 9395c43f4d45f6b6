package digester_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/stretchr/testify/require"

	"github.com/outflow-dev/outflow/internal/auditlog"
	"github.com/outflow-dev/outflow/internal/awsclients/s3fake"
	"github.com/outflow-dev/outflow/pkg/audit"
	"github.com/outflow-dev/outflow/pkg/audit/digester"
	"github.com/outflow-dev/outflow/pkg/consume"
	"github.com/outflow-dev/outflow/pkg/model"
)

const arn = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"

// fakeKMS is a KMS with one key, and the rules of the real one: a digest of 32 bytes, one algorithm.
type fakeKMS struct {
	*audit.FileSigner
	spec  types.KeySpec
	fail  error
	calls []string
}

func newKMS(t *testing.T) *fakeKMS {
	t.Helper()
	signer, err := auditlog.Signer(5, 0)
	require.NoError(t, err)
	return &fakeKMS{FileSigner: signer, spec: types.KeySpecEccNistP256}
}

func (f *fakeKMS) GetPublicKey(ctx context.Context, in *kms.GetPublicKeyInput, _ ...func(*kms.Options)) (*kms.GetPublicKeyOutput, error) {
	f.calls = append(f.calls, "GetPublicKey "+*in.KeyId)
	key, err := f.PublicKey(ctx)
	return &kms.GetPublicKeyOutput{PublicKey: key.SPKI, KeySpec: f.spec, KeyUsage: types.KeyUsageTypeSignVerify}, err
}

func (f *fakeKMS) Sign(ctx context.Context, in *kms.SignInput, _ ...func(*kms.Options)) (*kms.SignOutput, error) {
	f.calls = append(f.calls, "Sign "+*in.KeyId)
	if in.MessageType != types.MessageTypeDigest || len(in.Message) != 32 || in.SigningAlgorithm != types.SigningAlgorithmSpecEcdsaSha256 {
		return nil, &types.KMSInvalidStateException{}
	}
	if f.fail != nil {
		return nil, f.fail
	}
	signature, err := f.FileSigner.Sign(ctx, in.Message)
	return &kms.SignOutput{Signature: signature}, err
}

type nothingWaits struct{}

func (nothingWaits) Unresolved(context.Context) (audit.Unresolved, error) {
	return audit.Unresolved{}, nil
}

func newDigester(t *testing.T, client digester.KMS, out *bytes.Buffer) (*digester.Digester, *s3fake.S3) {
	t.Helper()
	signers, err := digester.OpenKeys([]string{arn}, client)
	require.NoError(t, err)
	bucket := &s3fake.S3{}
	now := func() time.Time { return time.Unix(1793577600, 0) }
	return &digester.Digester{
		Sealer: audit.NewSealer(audit.SealerConfig{Log: "shop-test", Client: bucket, Bucket: "audit", Signers: signers, Waits: nothingWaits{},
			Now: now, Retry: consume.Retry{First: 1, Max: 1, Attempts: 2}}),
		Log:     slog.New(slog.NewJSONHandler(out, nil)),
		Metrics: &consume.Metrics{Out: out, Function: "digester", Stage: "test"},
		Now:     now,
	}, bucket
}

func TestHandleSealsByKMS(t *testing.T) {
	client, out := newKMS(t), &bytes.Buffer{}
	d, bucket := newDigester(t, client, out)
	bucket.Set("audit/v1/shop-test/dt=2026-11-01/hour=23/x", []byte("x"))
	r, err := d.Handle(t.Context())
	require.NoError(t, err)
	_, err = d.Handle(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"GetPublicKey " + arn, "Sign " + arn, "Sign " + arn}, client.calls, "the public key is asked for once")
	body := bucket.Objects()[audit.DigestKey("shop-test", 1)].Body
	digest, err := audit.ReadDigest(body)
	require.NoError(t, err)
	signature, err := audit.ReadSignature(bucket.Objects()[audit.SignatureKey("shop-test", 1)].Body)
	require.NoError(t, err)
	key, err := client.PublicKey(t.Context())
	require.NoError(t, err)
	require.NoError(t, signature.Verify(key, &digest, body))

	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Contains(t, lines[0], r.Anchors[0].String())
	require.Contains(t, lines[1], "not a valid one")
	var metrics struct {
		Digests, SealFaults int
		Function            string
	}
	require.NoError(t, json.Unmarshal([]byte(lines[2]), &metrics))
	require.Equal(t, 1, metrics.Digests)
	require.Equal(t, 1, metrics.SealFaults)
	require.Equal(t, "digester", metrics.Function)
}

func TestHandleSaysWhyTheLogWasNotSealed(t *testing.T) {
	client, out := newKMS(t), &bytes.Buffer{}
	client.fail = errors.New("AccessDeniedException")
	d, bucket := newDigester(t, client, out)
	_, err := d.Handle(t.Context())
	require.ErrorContains(t, err, arn)
	require.Contains(t, out.String(), `"the log was not sealed"`)
	require.Contains(t, out.String(), `"Digests":0`)
	require.Contains(t, bucket.Objects(), audit.DigestKey("shop-test", 1))
	client.fail = nil
	r, err := d.Handle(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, r.Completed, "what was left without a signature gets one")
}

func TestKeyOfAnotherKindIsRefused(t *testing.T) {
	client, out := newKMS(t), &bytes.Buffer{}
	client.spec = types.KeySpecRsa2048
	d, bucket := newDigester(t, client, out)
	_, err := d.Handle(t.Context())
	require.ErrorContains(t, err, "ECC_NIST_P256")
	require.Empty(t, bucket.Objects())
}

func TestOpenKeysReadsFilesAndCallsNobody(t *testing.T) {
	client := newKMS(t)
	path := filepath.Join(t.TempDir(), "key.pem")
	signers, err := digester.OpenKeys([]string{"file:" + path, arn}, client)
	require.NoError(t, err)
	require.Len(t, signers, 2)
	require.FileExists(t, path)
	require.Empty(t, client.calls)
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	_, err = digester.OpenKeys([]string{"file:" + path}, client)
	require.ErrorContains(t, err, path)
}

func environment(t *testing.T) map[string]string {
	t.Helper()
	source, err := os.ReadFile("../../../examples/shop/model.yaml")
	require.NoError(t, err)
	m, faults := model.Parse("model.yaml", source)
	require.NoError(t, faults.Err())
	path := filepath.Join(t.TempDir(), "model.json")
	require.NoError(t, os.WriteFile(path, m.Marshal(), 0o600))
	return map[string]string{
		"OUTFLOW_MODEL": path, "OUTFLOW_STAGE": "test", "OUTFLOW_AUDIT_BUCKET": "shop-audit", "OUTFLOW_FAILURES_BUCKET": "shop-failures",
		"OUTFLOW_AUDIT_RETENTION": "compliance:7", "OUTFLOW_SIGNING_KEY": arn + ",file:old.pem", "AWS_REGION": "eu-west-1",
	}
}

func TestLoad(t *testing.T) {
	env := environment(t)
	s, err := digester.Load(func(name string) string { return env[name] })
	require.NoError(t, err)
	require.Equal(t, "shop-test", s.Log)
	require.Equal(t, "shop-audit", s.AuditBucket)
	require.Equal(t, "shop-failures", s.FailuresBucket)
	require.Equal(t, 7, s.Retention.Days)
	require.Equal(t, []string{arn, "file:old.pem"}, s.Keys)
	delete(env, "OUTFLOW_AUDIT_RETENTION")
	s, err = digester.Load(func(name string) string { return env[name] })
	require.NoError(t, err)
	require.Equal(t, audit.Retention{Mode: "GOVERNANCE", Days: 1}, s.Retention)
}

func TestLoadNamesEveryFault(t *testing.T) {
	for name, row := range map[string]struct {
		env  map[string]string
		says []string
	}{
		"nothing": {map[string]string{"OUTFLOW_MODEL": "none.json"}, []string{"OUTFLOW_MODEL", "OUTFLOW_STAGE is not set",
			"OUTFLOW_AUDIT_BUCKET is not set", "OUTFLOW_FAILURES_BUCKET is not set", "OUTFLOW_SIGNING_KEY is not set", "AWS_REGION is not set"}},
		"all wrong": {map[string]string{"OUTFLOW_STAGE": "A", "OUTFLOW_AUDIT_BUCKET": "b", "OUTFLOW_FAILURES_BUCKET": "c",
			"OUTFLOW_AUDIT_RETENTION": "forever", "OUTFLOW_LOG_LEVEL": "loud", "AWS_ENDPOINT_URL_S3": "localhost",
			"OUTFLOW_SIGNING_KEY": "alias/audit,file:," + arn + "," + arn}, []string{
			`OUTFLOW_STAGE is "A"`, `OUTFLOW_AUDIT_BUCKET is "b"`, `OUTFLOW_FAILURES_BUCKET is "c"`, `OUTFLOW_AUDIT_RETENTION is "forever"`,
			`OUTFLOW_LOG_LEVEL is "loud"`, `AWS_ENDPOINT_URL_S3 is "localhost"`, `names "alias/audit"`, `names "file:"`, `twice`}},
		"too long a retention": {map[string]string{"OUTFLOW_AUDIT_RETENTION": "governance:99999"}, []string{`OUTFLOW_AUDIT_RETENTION`, "36500"}},
	} {
		t.Run(name, func(t *testing.T) {
			env := environment(t)
			for variable := range env {
				if name == "nothing" {
					env[variable] = row.env[variable]
				}
			}
			for variable, value := range row.env {
				env[variable] = value
			}
			_, err := digester.Load(func(name string) string { return env[name] })
			for _, text := range row.says {
				require.ErrorContains(t, err, text)
			}
		})
	}
}
