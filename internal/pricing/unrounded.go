package pricing

import (
	"math/big"
	"strings"
)

// unroundedDigits are the decimals of an unrounded sum: three more than an amount has.
const unroundedDigits = 15

// Unrounded is what a call cost in USD before the one rounding to an Amount, to fifteen decimals: a price of an hour charged by the
// second has no end. It is for whoever compares figures; what is booked is the Amount. Empty when the book has no price.
func (b *Book) Unrounded(c *Call) string {
	l, ok := b.billOf(c)
	if !ok {
		return ""
	}
	sum := new(big.Rat)
	for rest := l.charged; rest != 0; {
		u := rest.pop()
		cost := new(big.Rat).Mul(new(big.Rat).SetFrac64(l.counts[u], int64(units[u].per)), new(big.Rat).SetFrac64(l.priceOf(u), picoPerUSD)) //nolint:gosec // small
		if units[u].side != sideFees {
			cost.Mul(cost, new(big.Rat).SetFrac64(int64(l.factor), noFactor)) //nolint:gosec // small
		}
		sum.Add(sum, cost)
	}
	if l.tenant != nil {
		sum.Mul(sum, new(big.Rat).SetFrac64(int64(l.tenant.factor.times), noFactor)) //nolint:gosec // small
	}
	return strings.TrimSuffix(strings.TrimRight(sum.FloatString(unroundedDigits), "0"), ".")
}
