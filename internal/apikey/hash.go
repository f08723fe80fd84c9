package apikey

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"strings"
)

const hashPrefix = "sha256:"

// Hash is what is stored of a key: the SHA-256 of its whole text. It cannot be compared with ==, because that
// would take a time that depends on the secret; the compiler refuses it and Equal is the only way.
//
// A slow, salted password hash would add nothing: the secret has 256 random bits, so there
// is no dictionary to try and no two keys to compare, while every request would pay for it.
type Hash struct {
	_   [0]func()
	sum [sha256.Size]byte
}

// Hash of the key.
func (k Key) Hash() Hash {
	var raw [keyLength]byte
	return Hash{sum: sha256.Sum256(raw[:copy(raw[:], k.text)])}
}

// Equal compares in constant time.
func (h Hash) Equal(other Hash) bool { return subtle.ConstantTimeCompare(h.sum[:], other.sum[:]) == 1 }

// IsZero is true for the hash of nothing, which no key has.
func (h Hash) IsZero() bool { return h.Equal(Hash{}) }

// String is the form in the keys file: sha256:<64 hexadecimal digits>.
func (h Hash) String() string { return hashPrefix + hex.EncodeToString(h.sum[:]) }

// ParseHash reads the form that String writes.
func ParseHash(s string) (Hash, error) {
	digits, ok := strings.CutPrefix(s, hashPrefix)
	raw, err := hex.DecodeString(digits)
	var h Hash
	if !ok || err != nil || len(raw) != len(h.sum) {
		return Hash{}, fmt.Errorf("a hash is %s followed by %d hexadecimal digits, as `watchllmctl keys create` writes it", hashPrefix, hex.EncodedLen(len(h.sum)))
	}
	copy(h.sum[:], raw)
	return h, nil
}
