package message

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each byte ends what is easy where it stands, or does not, wherever the eight around it begin.
func TestEasyLength(t *testing.T) {
	for c := range 256 {
		for at := range 20 {
			for _, before := range []string{" ", "a", "~", "\x7f", "!", "#", "[", "]"} {
				s := strings.Repeat(before, at) + string([]byte{byte(c)}) + strings.Repeat(before, 19-at)
				want := 20
				if c < ' ' || c == '"' || c == '\\' || c >= 0x80 {
					want = at
				}
				require.Equal(t, want, easyLength(s), "%q", s)
			}
		}
	}
}
