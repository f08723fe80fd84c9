package pricing

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// randomCall is a call to any model of the book, with consistent usage of any size up to max.
func randomCall(r *rand.Rand, names []Listing, maxTokens int64) Call {
	l := names[r.IntN(len(names))]
	pick := func(of int64) Count {
		if of <= 0 || r.IntN(3) == 0 {
			return Count{}
		}
		return n(r.Int64N(of + 1))
	}
	in, out := r.Int64N(maxTokens+1), r.Int64N(maxTokens+1)
	c := Call{
		Provider:    l.Provider,
		ServiceTier: []string{"", "default", "flex", "priority", "ultrafast", "scale"}[r.IntN(6)],
		Batch:       r.IntN(5) == 0,
		Speed:       []string{"", "", "fast"}[r.IntN(3)],
		Region:      []string{"", "us", "eu", "global"}[r.IntN(4)],
		Time:        time.Unix(1_700_000_000+r.Int64N(100_000_000), 0),
		Usage:       Usage{Input: n(in), Output: n(out)},
	}
	c.ResponseModel = l.Names[r.IntN(len(l.Names))]
	u := &c.Usage
	u.CacheRead = pick(in / 3)
	u.CacheWrite1h = pick(in / 6)
	u.CacheWrite5m = pick(in / 6)
	u.AudioInput = pick(in / 6)
	u.ImageInput = pick(in / 6)
	u.Reasoning = pick(out / 3)
	u.AudioOutput = pick(out / 3)
	u.ImageOutput = pick(out / 3)
	u.WebSearches = pick(20)
	u.Pages = pick(50)
	u.Milliseconds = pick(100_000)
	return c
}

// reference adds an explanation up in rationals.
func reference(l *bill) (sum *big.Rat, perSide [sideCount]*big.Rat) {
	sum = new(big.Rat)
	for s := range perSide {
		perSide[s] = new(big.Rat)
	}
	for rest := l.charged; rest != 0; {
		u := rest.pop()
		x := new(big.Rat).SetFrac64(l.counts[u], int64(units[u].per))
		x.Mul(x, new(big.Rat).SetInt64(l.priceOf(u)))
		if units[u].side != sideFees {
			x.Mul(x, new(big.Rat).SetFrac64(int64(l.factor), noFactor))
		}
		sum.Add(sum, x)
		perSide[units[u].side].Add(perSide[units[u].side], x)
	}
	return sum, perSide
}

func TestAmountsAreExact(t *testing.T) {
	b := book(t)
	names := b.List("", "")
	r := rand.New(rand.NewPCG(5, 6))
	for range 30_000 {
		c := randomCall(r, names, 1<<r.UintN(62))
		got := b.Price(&c)
		if got.Status == StatusUnknownModel || got.Status == StatusLocal {
			require.Failf(t, "no price", "%s %s", c.Provider, c.ResponseModel)
		}
		var l bill
		l.fill(b, &c, b.resolve(&c))
		sum, sides := reference(&l)
		want := roundHalfEven(sum)
		if !want.IsInt64() || want.Int64() > maxPico {
			require.Equal(t, StatusPartial, got.Status)
			require.False(t, got.Amount.Known)
			require.Equal(t, []string{"overflow"}, got.Unpriced)
			continue
		}
		require.Equal(t, want.Int64(), got.Amount.Pico, "%+v", c)
		parts := [sideCount]Amount{got.Components.Input, got.Components.CacheRead, got.Components.CacheWrite, got.Components.Output, got.Components.Fees}
		total := int64(0)
		for s, part := range parts {
			if part.Known {
				require.Equal(t, roundHalfEven(sides[s]).Int64(), part.Pico)
			} else {
				require.Zero(t, sides[s].Sign(), "a component that costs something is known")
			}
			total += part.Pico
		}
		require.InDelta(t, got.Amount.Pico, total, 2, "components differ from the amount by rounding only")
	}
}

// Every token is charged once: what is billed is what was used, wherever nothing is left unpriced.
func TestTokensAreChargedOnce(t *testing.T) {
	b := book(t)
	names := b.List("", "")
	r := rand.New(rand.NewPCG(7, 8))
	checked := 0
	for range 20_000 {
		c := randomCall(r, names, 1_000_000)
		u := &c.Usage
		u.WebSearches, u.Pages, u.Milliseconds = Count{}, Count{}, Count{}
		if r.IntN(2) == 0 {
			u.AudioInput, u.AudioOutput, u.ImageOutput = Count{}, Count{}, Count{}
		}
		var l bill
		l.fill(b, &c, b.resolve(&c))
		if l.unpriced != 0 || l.assumed&assumeUsageOverlap != 0 {
			continue
		}
		checked++
		var in, out int64
		for rest := l.charged & tokenUnits; rest != 0; {
			if u := rest.pop(); inputTokenUnits.has(u) {
				in += l.counts[u]
			} else {
				out += l.counts[u]
			}
		}
		require.Equal(t, c.Usage.Input.N, in, "%+v", c)
		require.Equal(t, c.Usage.Output.N, out, "%+v", c)
	}
	require.Greater(t, checked, 3000)
}

// More of anything never costs less.
func TestCostIsMonotonic(t *testing.T) {
	b := book(t)
	names := b.List("", "")
	r := rand.New(rand.NewPCG(9, 10))
	for range 20_000 {
		c := randomCall(r, names, 600_000)
		more := c
		switch r.IntN(4) {
		case 0:
			more.Usage.Input.N += r.Int64N(1000)
		case 1:
			more.Usage.Output.N += r.Int64N(1000)
		case 2:
			more.Usage.WebSearches = n(more.Usage.WebSearches.positive() + r.Int64N(5))
		case 3:
			more.Usage.Pages = n(more.Usage.Pages.positive() + r.Int64N(5))
		}
		x, y := b.Price(&c), b.Price(&more)
		require.LessOrEqual(t, x.Amount.Pico, y.Amount.Pico, "%+v\n%+v", c, more)
	}
}

// Broken counts give no figure or an exact one, and never a negative or a wrapped one.
func TestExtremeCounts(t *testing.T) {
	b := book(t)
	names := b.List("", "")
	extremes := []Count{{}, n(0), n(1), n(-1), n(math.MinInt64), n(math.MaxInt64), n(math.MaxInt64 - 1), n(1 << 32)}
	r := rand.New(rand.NewPCG(11, 12))
	any := func() Count { return extremes[r.IntN(len(extremes))] }
	for range 20_000 {
		c := randomCall(r, names, 1000)
		c.Usage = Usage{
			Input: any(), Output: any(), CacheRead: any(), CacheWrite: any(), CacheWrite5m: any(), CacheWrite1h: any(),
			Reasoning: any(), AudioInput: any(), AudioCacheRead: any(), AudioOutput: any(), ImageInput: any(), ImageOutput: any(),
			VideoInput: any(), Citation: any(), WebSearches: any(), SearchUnits: any(), Images: any(), Pages: any(),
			Characters: any(), Milliseconds: any(),
		}
		got := b.Price(&c)
		for _, a := range []Amount{got.Amount, got.Components.Input, got.Components.CacheRead, got.Components.CacheWrite, got.Components.Output, got.Components.Fees} {
			require.GreaterOrEqual(t, a.Pico, int64(0), "%+v", c)
			require.LessOrEqual(t, a.Pico, int64(maxPico), "%+v", c)
		}
		if !got.Amount.Known {
			require.Contains(t, []Status{StatusNoUsage, StatusPartial}, got.Status)
		}
		if got.Status == StatusPartial {
			require.NotEmpty(t, got.Unpriced)
			require.False(t, slices.Contains(got.Unpriced, ""))
		}
	}
}
