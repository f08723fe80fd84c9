package pricing

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAmountText(t *testing.T) {
	for pico, want := range map[int64]string{
		0:                     "0",
		1:                     "0.000000000001",
		10:                    "0.00000000001",
		1_234_000_000:         "0.001234",
		1_000_000_000_000:     "1",
		12_500_000_000_000:    "12.5",
		-1_500_000_000_000:    "-1.5",
		maxPico:               "999999.999999999999",
		math.MinInt64:         "-9223372.036854775808",
		1_000_000_000_001:     "1.000000000001",
		100_000_000_000_000:   "100",
		1_010_000_000_000_000: "1010",
	} {
		a := USD(pico)
		assert.Equal(t, want, a.String())
		got, err := a.AppendText([]byte("x"))
		require.NoError(t, err)
		assert.Equal(t, "x"+want, string(got))
		f, err := strconv.ParseFloat(want, 64)
		require.NoError(t, err)
		assert.Equal(t, f, a.Float64(), "%s: nearest double", want) //nolint:testifylint // exact is the point
	}
	assert.Empty(t, Amount{}.String())
	assert.Zero(t, Amount{}.Float64())
}

func TestAmountRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		a := USD(r.Int64N(maxPico) >> r.UintN(60))
		back, err := ParseAmount(a.String())
		require.NoError(t, err)
		require.Equal(t, a, back)
		f, err := strconv.ParseFloat(a.String(), 64)
		require.NoError(t, err)
		require.Equal(t, math.Float64bits(f), math.Float64bits(a.Float64()), a.String())
	}
}

func TestParseAmount(t *testing.T) {
	for in, want := range map[string]string{
		"0.0063": "0.0063", "6.3e-3": "0.0063", "1E2": "100", ".5": "0.5", "+2": "2", "-0.25": "-0.25", "0e9": "0",
		"0.0000000000005": "0", "0.0000000000015": "0.000000000002", "0.00000000000051": "0.000000000001", // half to even
		"999999.999999999999": "999999.999999999999", "0.10000000000000000555": "0.1",
	} {
		a, err := ParseAmount(in)
		require.NoError(t, err, in)
		assert.Equal(t, want, a.String(), in)
	}
	for _, in := range []string{"", ".", "x", "1.2.3", "1000000", "-1e9", "1e99999", "NaN", "0x1", "1_0", "--1", "1e"} {
		_, err := ParseAmount(in)
		require.Error(t, err, in)
	}
}

func TestAmountFromFloat64(t *testing.T) {
	assert.Equal(t, "0.0421", AmountFromFloat64(0.0421).String())
	assert.Equal(t, "0.3", AmountFromFloat64(0.3).String())
	assert.Equal(t, "0", AmountFromFloat64(0).String())
	assert.Equal(t, "0.000001234568", AmountFromFloat64(1.23456789e-6).String())
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e6, -1e300} {
		assert.False(t, AmountFromFloat64(f).Known, "%v", f)
	}
}

func TestDivRoundIsHalfEven(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		v := uint128{hi: r.Uint64() >> (34 + r.UintN(30)), lo: r.Uint64()}
		d := uint64(1) << r.UintN(40)
		if r.UintN(2) == 0 {
			d = r.Uint64N(1<<38) + 1
		}
		x := new(big.Int).Or(new(big.Int).Lsh(new(big.Int).SetUint64(v.hi), 64), new(big.Int).SetUint64(v.lo))
		want := roundHalfEven(new(big.Rat).SetFrac(x, new(big.Int).SetUint64(d)))
		got, ok := v.divRound(d)
		if !want.IsInt64() || want.Int64() > maxPico {
			require.False(t, ok)
			continue
		}
		require.True(t, ok)
		require.Equal(t, want.Int64(), got)
	}
}

// roundHalfEven is the reference: to the nearest integer, ties to the even one.
func roundHalfEven(x *big.Rat) *big.Int {
	q, rem := new(big.Int).QuoRem(x.Num(), x.Denom(), new(big.Int))
	twice := new(big.Int).Lsh(rem, 1)
	if c := twice.Cmp(x.Denom()); c > 0 || c == 0 && q.Bit(0) == 1 {
		q.Add(q, big.NewInt(1))
	}
	return q
}

// What is beyond the digits that are kept still decides how the last one rounds, and that a figure is not exact.
func TestDigitsBeyondTheKeptOnesCount(t *testing.T) {
	zeros := strings.Repeat("0", 40)
	for text, want := range map[string]int64{
		"0.0000000000005": 0, "0.0000000000005" + zeros: 0, "0.0000000000005" + zeros + "1": 1, "0.0000000000004" + strings.Repeat("9", 40): 0,
		"0.0000000000015": 2, "0.0000000000025": 2, "0.0000000000025" + zeros + "1": 3, "123456.0000000000005" + zeros + "1": 123456*picoPerUSD + 1,
	} {
		a, err := ParseAmount(text)
		require.NoError(t, err)
		assert.Equal(t, want, a.Pico, text)
	}
	for _, text := range []string{"2.5" + zeros + "1", "1." + zeros + "5", "-+1", "+-1", "--1", "1e", "e5", "."} {
		var p table
		require.Error(t, p.set(map[string]string{"input": text}, true), text)
	}
	for _, text := range []string{"0.9" + zeros + "1", "-+1"} {
		_, err := parseTenantTimes(text)
		require.Error(t, err, text)
	}
}

// Sums of prices for blocks of different sizes are exact as long as every size divides the common one.
func TestEveryBlockDividesTheCommonOne(t *testing.T) {
	seen := map[string]bool{}
	for u, info := range units {
		assert.NotZero(t, info.per, info.name)
		assert.Zero(t, blockLCM%info.per, info.name)
		assert.False(t, seen[info.key], "%s names two units", info.key)
		seen[info.key] = true
		assert.Less(t, u, 32, "a set of units has 32 places")
	}
}

// Every unit that is no token, but for the request itself, has a count of its own.
func TestEveryFeeHasACount(t *testing.T) {
	counted := unitSet(1 << unitRequest)
	for _, m := range meters {
		assert.False(t, counted.has(m.unit), units[m.unit].name)
		counted.add(m.unit)
		var u Usage
		*m.of(&u) = n(1)
		assert.True(t, u.Any(), units[m.unit].name)
	}
	for u, info := range units {
		assert.Equal(t, info.side == sideFees, counted.has(unit(u)), info.name)
	}
}
