package digester

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/outflow-dev/outflow/pkg/audit"
)

// KMS is the part of *kms.Client that signs.
type KMS interface {
	GetPublicKey(context.Context, *kms.GetPublicKeyInput, ...func(*kms.Options)) (*kms.GetPublicKeyOutput, error)
	Sign(context.Context, *kms.SignInput, ...func(*kms.Options)) (*kms.SignOutput, error)
}

// kmsSigner signs with one key of the key spec ECC_NIST_P256 and the usage SIGN_VERIFY. It needs kms:GetPublicKey and
// kms:Sign on it.
type kmsSigner struct {
	client KMS
	arn    string
	public *audit.PublicKey // nil until asked for
}

var _ audit.Signer = (*kmsSigner)(nil)

// PublicKey implements audit.Signer. It asks KMS once.
func (s *kmsSigner) PublicKey(ctx context.Context) (audit.PublicKey, error) {
	if s.public != nil {
		return *s.public, nil
	}
	out, err := s.client.GetPublicKey(ctx, &kms.GetPublicKeyInput{KeyId: aws.String(s.arn)})
	if err != nil {
		return audit.PublicKey{}, fmt.Errorf("get public key of %s: %w", s.arn, err)
	}
	if out.KeySpec != types.KeySpecEccNistP256 || out.KeyUsage != types.KeyUsageTypeSignVerify {
		return audit.PublicKey{}, fmt.Errorf("key %s has the spec %s and the usage %s; digests are signed by ECC_NIST_P256, SIGN_VERIFY",
			s.arn, out.KeySpec, out.KeyUsage)
	}
	key, err := audit.NewPublicKey(out.PublicKey)
	if err != nil {
		return audit.PublicKey{}, fmt.Errorf("get public key of %s: %w", s.arn, err)
	}
	s.public = &key
	return key, nil
}

// Sign implements audit.Signer. KMS is given the hash (MessageType DIGEST: it takes messages of at most 4,096 bytes), and
// answers in DER (AWS Key Management Service API Reference, Sign).
func (s *kmsSigner) Sign(ctx context.Context, hash []byte) ([]byte, error) {
	out, err := s.client.Sign(ctx, &kms.SignInput{
		KeyId: aws.String(s.arn), Message: hash, MessageType: types.MessageTypeDigest,
		SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256,
	})
	if err != nil {
		return nil, fmt.Errorf("sign with key %s: %w", s.arn, err)
	}
	return out.Signature, nil
}
