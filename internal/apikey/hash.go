package apikey

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"strings"
)

const hashPrefix = "sha256:"

// Hash is what is stored of a key: the SHA-256 of its whole text.
//
// A slow, salted password hash would add nothing: the secret has 256 random bits, so there
// is no dictionary to try and no two keys to compare, while every request would pay for it.
type Hash [sha256.Size]byte

// Hash of the key.
func (k Key) Hash() Hash { return sha256.Sum256([]byte(k.text)) }

// Equal compares in constant time.
func (h Hash) Equal(other Hash) bool { return subtle.ConstantTimeCompare(h[:], other[:]) == 1 }

// String is the form in the keys file: sha256:<64 hexadecimal digits>.
func (h Hash) String() string { return hashPrefix + hex.EncodeToString(h[:]) }

// ParseHash reads the form that String writes.
func ParseHash(s string) (Hash, error) {
	digits, ok := strings.CutPrefix(s, hashPrefix)
	raw, err := hex.DecodeString(digits)
	var h Hash
	if !ok || err != nil || len(raw) != len(h) {
		return Hash{}, fmt.Errorf("a hash is %s followed by %d hexadecimal digits, as `watchllmctl keys create` writes it", hashPrefix, hex.EncodedLen(len(h)))
	}
	copy(h[:], raw)
	return h, nil
}
