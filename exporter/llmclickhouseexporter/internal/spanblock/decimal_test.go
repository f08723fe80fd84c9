package spanblock

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseMoney(t *testing.T) {
	f := func(s string, want int64) {
		t.Helper()
		got, ok := parseMoney(s)
		require.True(t, ok, s)
		require.Equal(t, want, got, s)
	}
	f("0", 0)
	f("1", 1e12)
	f("-1.5", -15e11)
	f("+.25", 25e10)
	f("0.000000000001", 1)
	f("0.0000000000010000", 1)
	f("999999.999999999999", 999999999999999999)
	f("007.10", 71e11)

	for _, s := range []string{"", "-", ".", "1e-3", "0.0000000000001", "1000000", "1,5", " 1", "1.2.3", "NaN", "99999999999999999999999", "--1"} {
		_, ok := parseMoney(s)
		require.False(t, ok, s)
	}
}

func FuzzParseMoney(f *testing.F) {
	f.Add("0.001234567891")
	f.Add("-12")
	f.Fuzz(func(t *testing.T, s string) {
		if n, ok := parseMoney(s); ok && (n <= -1e18 || n >= 1e18) {
			t.Fatalf("%q is %d, which Decimal(18,12) cannot hold", s, n)
		}
	})
}
