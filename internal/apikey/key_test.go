package apikey

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGeneratedKeysParse(t *testing.T) {
	seen := map[string]bool{}
	for range 200 {
		k, err := New()
		require.NoError(t, err)
		require.Len(t, k.Reveal(), 67)
		require.True(t, strings.HasPrefix(k.Reveal(), "wllm_"))
		again, err := Parse(" " + k.Reveal() + "\n")
		require.NoError(t, err)
		require.Equal(t, k, again)
		require.True(t, ValidID(k.ID()))
		require.False(t, seen[k.ID()])
		seen[k.ID()] = true
	}
}

func TestKeyTextIsStable(t *testing.T) {
	k, err := Generate(bytes.NewReader(bytes.Repeat([]byte{7}, 64)))
	require.NoError(t, err)
	require.Equal(t, "wllm_777777777777_1fJjkkpe9PiTw9KSulA8Ghct30vZz4HpdQ5c5b9cPF10Hd7H8", k.Reveal())
	require.Equal(t, "777777777777", k.ID())
	sum := sha256.Sum256([]byte(k.Reveal()))
	require.Equal(t, "sha256:"+hex.EncodeToString(sum[:]), k.Hash().String())
}

func TestEncodeFillsItsWidth(t *testing.T) {
	all := bytes.Repeat([]byte{0xff}, secretBytes)
	k, err := Generate(io.MultiReader(bytes.NewReader(make([]byte, idLength)), bytes.NewReader(all)))
	require.NoError(t, err)
	_, err = Parse(k.Reveal())
	require.NoError(t, err, "the largest secret fits its digits")
	_, err = Generate(bytes.NewReader(nil))
	require.Error(t, err, "no random source, no key")
}

func TestParseRefuses(t *testing.T) {
	k, err := New()
	require.NoError(t, err)
	text := k.Reveal()
	other := byte('a')
	if text[30] == other {
		other = 'b'
	}
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"empty":          {"", ErrFormat},
		"other prefix":   {"sk-" + text[3:], ErrFormat},
		"cut":            {text[:60], ErrFormat},
		"longer":         {text + "x", ErrFormat},
		"no separator":   {text[:17] + "x" + text[18:], ErrFormat},
		"bad id":         {"wllm_!" + text[6:], ErrFormat},
		"bad secret":     {text[:40] + "-" + text[41:], ErrFormat},
		"changed secret": {text[:30] + string(other) + text[31:], ErrChecksum},
		"non-ASCII":      {text[:65] + "é", ErrFormat},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(c.text)
			require.ErrorIs(t, err, c.want)
		})
	}
}

func TestKeysDoNotPrintTheirSecret(t *testing.T) {
	k, err := New()
	require.NoError(t, err)
	secret := k.Reveal()[18:]
	for _, verb := range []string{"%s", "%v", "%+v", "%#v", "%q"} {
		require.NotContains(t, fmt.Sprintf(verb, k), secret, verb)
	}
	require.Contains(t, k.String(), k.ID())
	require.NotContains(t, Key{}.String(), "REDACTED")
}

func TestHash(t *testing.T) {
	k, err := New()
	require.NoError(t, err)
	h, err := ParseHash(k.Hash().String())
	require.NoError(t, err)
	require.True(t, h.Equal(k.Hash()))
	h.sum[31] ^= 1
	require.False(t, h.Equal(k.Hash()))
	require.False(t, reflect.TypeFor[Hash]().Comparable(), "== on hashes would take a time that depends on them")
	for _, bad := range []string{"", "sha256:", "sha256:zz", "md5:" + k.Hash().String()[7:], k.Hash().String() + "00"} {
		_, err := ParseHash(bad)
		require.Error(t, err, bad)
	}
}

func FuzzParse(f *testing.F) {
	k, err := New()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(k.Reveal())
	f.Add("wllm_")
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		k, err := Parse(s)
		if err != nil {
			if !errors.Is(err, ErrFormat) && !errors.Is(err, ErrChecksum) {
				t.Fatal(err)
			}
			return
		}
		if again, err := Parse(k.Reveal()); err != nil || again != k || !ValidID(k.ID()) {
			t.Fatalf("%q: %v", s, err)
		}
	})
}

func withChecksum(body string) string {
	sum := checksum(body)
	return body + string(sum[:])
}

// flip returns another digit.
func flip(c byte) string {
	if c == '0' {
		return "1"
	}
	return "0"
}
