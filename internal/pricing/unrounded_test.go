package pricing

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Rounded to twelve decimals, the unrounded sum is the amount.
func TestUnroundedIsTheAmountBeforeItsRounding(t *testing.T) {
	layers, err := builtIn()
	require.NoError(t, err)
	b, err := loadLayers(append(layers, layer{texts: textsOf("tenants: {acme: [{times: 0.9}]}\n"), user: true}))
	require.NoError(t, err)
	names := b.List("", "")
	r := rand.New(rand.NewPCG(31, 32))
	longer := 0
	for range 5_000 {
		c := randomCall(r, names, 1<<20)
		if r.IntN(2) == 0 {
			c.Tenant = "acme"
		}
		got := b.Price(&c)
		if !got.Amount.Known {
			continue
		}
		x, ok := new(big.Rat).SetString(b.Unrounded(&c))
		require.True(t, ok)
		assert.Equal(t, roundHalfEven(new(big.Rat).Mul(x, big.NewRat(picoPerUSD, 1))).Int64(), got.Amount.Pico, "%+v", c)
		if x.Cmp(big.NewRat(got.Amount.Pico, picoPerUSD)) != 0 {
			longer++
		}
	}
	assert.NotZero(t, longer)
}
