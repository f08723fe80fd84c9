package rerate

import (
	"math/big"
	"strings"

	"github.com/watchllm/watchllm/internal/pricing"
)

// Sum is an exact sum of amounts of one currency, however many. The zero value is 0.
type Sum struct{ pico big.Int }

// Add adds an amount; an unknown one adds nothing.
func (s *Sum) Add(a pricing.Amount) {
	if a.Known {
		s.pico.Add(&s.pico, big.NewInt(a.Pico))
	}
}

// Sub takes an amount away; an unknown one takes nothing.
func (s *Sum) Sub(a pricing.Amount) {
	if a.Known {
		s.pico.Sub(&s.pico, big.NewInt(a.Pico))
	}
}

// AddSum adds another sum.
func (s *Sum) AddSum(o *Sum) { s.pico.Add(&s.pico, &o.pico) }

// Sign is -1, 0 or 1.
func (s *Sum) Sign() int { return s.pico.Sign() }

// CmpAbs compares what two sums are without their signs.
func (s *Sum) CmpAbs(o *Sum) int { return s.pico.CmpAbs(&o.pico) }

// decimals of an amount: pico is ten to the minus twelve.
const decimals = 12

// String is the exact decimal without trailing zeros.
func (s *Sum) String() string {
	digits := new(big.Int).Abs(&s.pico).String()
	if missing := decimals + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	whole, fraction := digits[:len(digits)-decimals], strings.TrimRight(digits[len(digits)-decimals:], "0")
	if fraction != "" {
		whole += "." + fraction
	}
	if s.pico.Sign() < 0 {
		whole = "-" + whole
	}
	return whole
}

// MarshalText is the text of String.
func (s *Sum) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
