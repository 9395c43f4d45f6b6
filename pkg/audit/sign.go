package audit

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// Signer is a key that signs digests. Implementations may be asked again and again, by one goroutine at a time.
type Signer interface {
	// PublicKey is the key's public half. It stays the same.
	PublicKey(ctx context.Context) (PublicKey, error)
	// Sign signs a SHA-256 hash and returns the signature in DER.
	Sign(ctx context.Context, hash []byte) ([]byte, error)
}

// PublicKey is the public half of an ECDSA key on P-256.
type PublicKey struct {
	ID   string `json:"id"`   // hexadecimal SHA-256 of SPKI
	SPKI []byte `json:"spki"` // SubjectPublicKeyInfo in DER
}

// NewPublicKey makes it of a key in DER, as KMS gives it.
func NewPublicKey(spki []byte) (PublicKey, error) {
	if _, err := parseSPKI(spki); err != nil {
		return PublicKey{}, err
	}
	return PublicKey{ID: hashOf(spki), SPKI: spki}, nil
}

// ReadPublicKey reads a public key in PEM, as openssl pkey -pubout writes it.
func ReadPublicKey(text []byte) (PublicKey, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "PUBLIC KEY" {
		return PublicKey{}, errors.New("it is no public key in PEM (-----BEGIN PUBLIC KEY-----)")
	}
	return NewPublicKey(block.Bytes)
}

// PEM is the key as ReadPublicKey takes it.
func (k PublicKey) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: k.SPKI})
}

// ErrSignature says that a signature is not the key's over these bytes.
var ErrSignature = errors.New("the signature does not verify")

// Verify checks a signature in DER over content.
func (k PublicKey) Verify(content, signature []byte) error {
	key, err := parseSPKI(k.SPKI)
	if err != nil {
		return err
	}
	hash := sha256.Sum256(content)
	if !ecdsa.VerifyASN1(key, hash[:], signature) {
		return fmt.Errorf("%w by key %s", ErrSignature, k.ID)
	}
	return nil
}

func parseSPKI(spki []byte) (*ecdsa.PublicKey, error) {
	parsed, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return nil, fmt.Errorf("read public key: %w", err)
	}
	key, ok := parsed.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, errors.New("read public key: it is not ECDSA on P-256 (in KMS: ECC_NIST_P256)")
	}
	return key, nil
}

// Algorithm is how digests are signed.
const Algorithm = "ECDSA_P256_SHA256"

// Signature is the object beside a digest: docs/audit-format.md, section 5.
type Signature struct {
	Algorithm string `json:"algorithm"`
	KeyID     string `json:"keyId"`
	Log       string `json:"log"`
	Number    int64  `json:"number"`
	SHA256    string `json:"sha256"`    // of the digest's stored bytes
	Signature []byte `json:"signature"` // DER
	SPKI      []byte `json:"spki"`
	V         int    `json:"v"`
}

// SignDigest signs a digest's stored bytes, and checks the signature.
func SignDigest(ctx context.Context, signer Signer, d *Digest, body []byte) (Signature, error) {
	key, err := signer.PublicKey(ctx)
	if err != nil {
		return Signature{}, fmt.Errorf("sign digest %d: %w", d.Number, err)
	}
	if key.ID != d.SignedBy {
		return Signature{}, fmt.Errorf("sign digest %d: it is to be signed by key %s, and this is %s", d.Number, d.SignedBy, key.ID)
	}
	hash := sha256.Sum256(body)
	signed, err := signer.Sign(ctx, hash[:])
	if err == nil {
		err = key.Verify(body, signed)
	}
	if err != nil {
		return Signature{}, fmt.Errorf("sign digest %d: %w", d.Number, err)
	}
	return Signature{Algorithm: Algorithm, KeyID: key.ID, Log: d.Log, Number: d.Number, SHA256: hashOf(body),
		Signature: signed, SPKI: key.SPKI, V: DigestVersion}, nil
}

// Encode is the object's bytes.
func (s Signature) Encode() ([]byte, error) { return canonical(s) }

// ReadSignature reads the stored bytes of a signature, strictly. It does not verify it.
func ReadSignature(body []byte) (Signature, error) {
	var s Signature
	if err := decodeStrictly(body, &s, &s.V); err != nil {
		return Signature{}, fmt.Errorf("%w: signature: %w", ErrDigest, err)
	}
	if again, err := s.Encode(); err != nil || !bytes.Equal(again, body) {
		return Signature{}, fmt.Errorf("%w: signature of digest %d: it is not in canonical form", ErrDigest, s.Number)
	}
	return s, nil
}

// Verify checks that it is the signature of these bytes, which are the digest's, by the key.
func (s *Signature) Verify(key PublicKey, d *Digest, body []byte) error {
	switch {
	case s.Algorithm != Algorithm:
		return fmt.Errorf("%w: its algorithm is %q", ErrSignature, s.Algorithm)
	case s.Log != d.Log || s.Number != d.Number || s.SHA256 != hashOf(body):
		return fmt.Errorf("%w: it is that of digest %d of %s with hash %s", ErrSignature, s.Number, s.Log, s.SHA256)
	case s.KeyID != key.ID || d.SignedBy != key.ID || hashOf(s.SPKI) != key.ID:
		return fmt.Errorf("%w: it is by key %s, the digest names %s, and the key in force is %s", ErrSignature, s.KeyID, d.SignedBy, key.ID)
	}
	return key.Verify(body, s.Signature)
}
