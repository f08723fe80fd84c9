package llmqueryextension

import (
	"math/big"
	"strings"
)

// decimalScale is the number of digits after the point of the store's amounts.
const decimalScale = 12

// decimalSum adds the store's decimal strings exactly. A sum of nothing known is unknown.
type decimalSum struct {
	units big.Int
	known bool
}

// add takes the store's own text, so anything that is not a number there is a fault and is left out.
func (s *decimalSum) add(text *string) {
	if text == nil {
		return
	}
	whole, fraction, _ := strings.Cut(*text, ".")
	if len(fraction) > decimalScale {
		return
	}
	var v big.Int
	if _, ok := v.SetString(whole+fraction+strings.Repeat("0", decimalScale-len(fraction)), 10); !ok {
		return
	}
	s.units.Add(&s.units, &v)
	s.known = true
}

// text writes the sum without trailing zeros, as the store does.
func (s *decimalSum) text() *string {
	if !s.known {
		return nil
	}
	digits := new(big.Int).Abs(&s.units).String()
	if missing := decimalScale + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	whole, fraction := digits[:len(digits)-decimalScale], strings.TrimRight(digits[len(digits)-decimalScale:], "0")
	out := whole
	if fraction != "" {
		out += "." + fraction
	}
	if s.units.Sign() < 0 {
		out = "-" + out
	}
	return &out
}
