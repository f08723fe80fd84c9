package imports

import (
	"errors"
	"maps"
	"math/big"
	"slices"
	"strings"
)

var errNotPrice = errors.New("not a number from 0 up")

// noiseDigits is more significant digits than a vendor writes: what has as many is a float's idea of a shorter number.
const noiseDigits = 12

// parsePrice reads the price of one unit as the exact price of per of them.
func parsePrice(s string, per int64) (*big.Rat, error) {
	if s == "" || len(s) > 40 || strings.ContainsAny(s, "/_xXpP") {
		return nil, errNotPrice
	}
	if _, exp, ok := strings.Cut(strings.ToLower(s), "e"); ok && len(strings.TrimLeft(exp, "+-0")) > 2 {
		return nil, errNotPrice
	}
	v, ok := new(big.Rat).SetString(s)
	if !ok || v.Sign() < 0 {
		return nil, errNotPrice
	}
	v.Mul(v, big.NewRat(per, 1))
	if significant(s) > noiseDigits {
		return short(v), nil
	}
	return v, nil
}

// significant counts the digits of a number without its leading and trailing zeros.
func significant(s string) int {
	s, _, _ = strings.Cut(strings.ToLower(s), "e")
	return len(strings.Trim(strings.ReplaceAll(strings.TrimLeft(s, "-+"), ".", ""), "0"))
}

// short rounds to nine significant digits.
func short(v *big.Rat) *big.Rat {
	if v.Sign() == 0 {
		return v
	}
	text := new(big.Float).SetRat(v).Text('e', 8)
	r, _ := new(big.Rat).SetString(text)
	return r
}

// exactHour undoes what writing a price per second does to one per hour or per minute, 7.167e-05 for 0.0043 a minute: the shortest
// price of a minute or of an hour that gives the same digits per second.
func exactHour(perSecond string, hour *big.Rat, metadata any) *big.Rat {
	if m, ok := metadata.(map[string]any); ok {
		for key, times := range map[string]int64{"original_pricing_per_minute": 60, "original_pricing_per_hour": 1} {
			if p, err := parsePrice(str(m[key]), times); err == nil && p.Sign() > 0 && roundsTo(p, perSecond) {
				return p
			}
		}
	}
	for _, digits := range []int{1, 2, 3} {
		for _, times := range []int64{60, 1} {
			p := new(big.Rat).Quo(hour, big.NewRat(times, 1))
			r, ok := new(big.Rat).SetString(new(big.Float).SetRat(p).Text('e', digits-1))
			if !ok {
				continue
			}
			if r.Mul(r, big.NewRat(times, 1)); roundsTo(r, perSecond) {
				return r
			}
		}
	}
	return hour
}

// roundsTo reports whether a price per hour, divided and rounded, is the given price per second.
func roundsTo(hour *big.Rat, perSecond string) bool {
	want, err := parsePrice(perSecond, 1)
	if err != nil || want.Sign() == 0 || hour.Sign() == 0 {
		return false
	}
	second := new(big.Rat).Quo(hour, big.NewRat(3600, 1))
	if want.Cmp(second) == 0 {
		return true
	}
	n := significant(perSecond)
	if n < 2 {
		return false // one digit is no evidence of rounding
	}
	got, ok := new(big.Rat).SetString(new(big.Float).SetPrec(200).SetRat(second).Text('e', n-1))
	return ok && got.Cmp(want) == 0
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
