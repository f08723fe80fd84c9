package apikey

import (
	"crypto/rand"
	"errors"
	"hash/crc32"
	"io"
	"math/big"
	"strings"
)

// A key reads wllm_<id>_<secret><checksum>: the prefix lets people and secret scanners
// recognise one, the id names it in lists and logs without revealing anything, and the
// checksum tells a mistyped key from an unknown one without a look-up.
const (
	// Prefix starts every key.
	Prefix = "wllm_"

	idLength       = 12 // 71 bits: no two keys of an installation share an id
	secretBytes    = 32 // 256 bits
	secretLength   = 43 // base62 digits that hold 256 bits
	checksumLength = 6  // base62 digits that hold a CRC-32
	keyLength      = len(Prefix) + idLength + 1 + secretLength + checksumLength

	base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// Errors of Parse. Both mean that the text cannot be a key of any WatchLLM installation.
var (
	ErrFormat   = errors.New("not a WatchLLM API key: expected " + Prefix + "<id>_<secret>")
	ErrChecksum = errors.New("mistyped or cut API key: its checksum does not fit")
)

// Key is one API key in plain. It must not be stored or logged; keep Hash and ID instead.
type Key struct {
	id   string
	text string
}

// New makes a key from the system's random source.
func New() (Key, error) { return Generate(rand.Reader) }

// Generate makes a key from random, which must be cryptographically secure.
func Generate(random io.Reader) (Key, error) {
	id, err := randomDigits(random, idLength)
	if err != nil {
		return Key{}, err
	}
	var raw [secretBytes]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return Key{}, err
	}
	body := Prefix + id + "_" + encode(new(big.Int).SetBytes(raw[:]), secretLength)
	sum := checksum(body)
	return Key{id: id, text: body + string(sum[:])}, nil
}

// Parse reads a key; surrounding white space is ignored. It does not say whether the key is known.
func Parse(s string) (Key, error) {
	s = strings.TrimSpace(s)
	if len(s) != keyLength || s[:len(Prefix)] != Prefix || s[len(Prefix)+idLength] != '_' {
		return Key{}, ErrFormat
	}
	id := s[len(Prefix) : len(Prefix)+idLength]
	if !isBase62(id) || !isBase62(s[len(Prefix)+idLength+1:]) {
		return Key{}, ErrFormat
	}
	// The checksum is no secret: anybody can compute it, so it may be compared like any text.
	if sum := checksum(s[:keyLength-checksumLength]); string(sum[:]) != s[keyLength-checksumLength:] {
		return Key{}, ErrChecksum
	}
	return Key{id: id, text: s}, nil
}

// ID names the key; it is not a secret.
func (k Key) ID() string { return k.id }

// Reveal returns the whole key, to be shown to its owner once.
func (k Key) Reveal() string { return k.text }

// String hides the secret so that a key printed by mistake is harmless.
func (k Key) String() string {
	if k.id == "" {
		return Prefix + "<none>"
	}
	return Prefix + k.id + "_[REDACTED]"
}

// GoString hides the secret from %#v as well.
func (k Key) GoString() string { return k.String() }

// ValidID reports whether s has the form of a key's id.
func ValidID(s string) bool { return len(s) == idLength && isBase62(s) }

// checksum is a CRC-32. It runs for every request, so it works without the heap.
func checksum(body string) (digits [checksumLength]byte) {
	sum := ^uint32(0)
	for i := 0; i < len(body); i++ {
		sum = crc32.IEEETable[byte(sum)^body[i]] ^ sum>>8
	}
	sum = ^sum
	for i := len(digits) - 1; i >= 0; i-- {
		digits[i] = base62[sum%uint32(len(base62))]
		sum /= uint32(len(base62))
	}
	return digits
}

// encode writes n with exactly width base62 digits.
func encode(n *big.Int, width int) string {
	out := make([]byte, width)
	radix, digit := big.NewInt(int64(len(base62))), new(big.Int)
	for i := width - 1; i >= 0; i-- {
		n.DivMod(n, radix, digit)
		out[i] = base62[digit.Int64()]
	}
	return string(out)
}

// randomDigits draws uniform base62 digits; bytes that would favour the first digits are drawn again.
func randomDigits(random io.Reader, n int) (string, error) {
	const fair = 256 - 256%len(base62)
	out := make([]byte, 0, n)
	var b [1]byte
	for len(out) < n {
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return "", err
		}
		if int(b[0]) < fair {
			out = append(out, base62[int(b[0])%len(base62)])
		}
	}
	return string(out), nil
}

// notBase62 is 1 for every byte that is no base62 digit. A table without branches halves what a look at a key costs.
var notBase62 = func() (t [256]byte) {
	for i := range t {
		t[i] = 1
	}
	for i := range len(base62) {
		t[base62[i]] = 0
	}
	return t
}()

func isBase62(s string) bool {
	bad := byte(0)
	for i := 0; i < len(s); i++ {
		bad |= notBase62[s[i]]
	}
	return bad == 0
}
