package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"math/bits"
)

// RootOf is the root of a digest's segments, in hexadecimal. The data of a leaf is the segment's entry in canonical JSON.
func RootOf(segments []Listed) (string, error) {
	leaves := make([][]byte, len(segments))
	for i := range segments {
		leaf, err := canonical(segments[i])
		if err != nil {
			return "", err
		}
		leaves[i] = leaf
	}
	root := MerkleRoot(leaves)
	return hex.EncodeToString(root[:]), nil
}

// MerkleRoot is the Merkle tree hash of RFC 6962, section 2.1, over the data of the leaves in their order.
func MerkleRoot(leaves [][]byte) [sha256.Size]byte {
	switch len(leaves) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return sha256.Sum256(append([]byte{0}, leaves[0]...))
	}
	split := 1 << (bits.Len(uint(len(leaves)-1)) - 1) // the largest power of two below the number of leaves
	left, right := MerkleRoot(leaves[:split]), MerkleRoot(leaves[split:])
	node := make([]byte, 0, 1+2*sha256.Size)
	node = append(append(append(node, 1), left[:]...), right[:]...)
	return sha256.Sum256(node)
}
