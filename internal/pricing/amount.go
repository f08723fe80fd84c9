package pricing

import (
	"fmt"
	"math/bits"
	"strconv"
)

// picoPerUSD is the resolution of an Amount, and that of a Decimal(18,12) column.
const picoPerUSD = 1_000_000_000_000

// maxPico is the largest figure a Decimal(18,12) can hold: 999,999.999999999999. A single call that costs more is a broken count.
const maxPico = 999_999_999_999_999_999

// Amount is a sum of money in millionths of a millionth of a US dollar (pico-USD), exact. The zero value is unknown.
type Amount struct {
	Pico  int64
	Known bool
}

// USD is an amount given in pico-USD.
func USD(pico int64) Amount { return Amount{Pico: pico, Known: true} }

// ParseAmount reads a plain or exponent decimal ("0.0063", "6.3e-3") exactly, rounding half to even past twelve decimals. From
// 100,000 on it has eighteen digits, and those beyond are cut off.
func ParseAmount(s string) (Amount, error) {
	mantissa, scale, err := parseDecimal(s)
	if err != nil {
		return Amount{}, fmt.Errorf("amount %q: %w", s, err)
	}
	pico, ok := rescale(mantissa, scale, 12)
	if !ok || pico > maxPico || pico < -maxPico {
		return Amount{}, fmt.Errorf("amount %q: must be below 1000000", s)
	}
	return USD(pico), nil
}

// AmountFromFloat64 is the amount a double was meant to be: its shortest decimal spelling, to twelve decimals. It is unknown for
// NaN, infinities and anything from a million up.
func AmountFromFloat64(f float64) Amount {
	var buf [32]byte
	a, err := ParseAmount(string(strconv.AppendFloat(buf[:0], f, 'g', -1, 64)))
	if err != nil {
		return Amount{}
	}
	return a
}

// String is the exact decimal, without exponent and without trailing zeros: "0.001234", "12", "0". It is empty when unknown.
func (a Amount) String() string {
	if !a.Known {
		return ""
	}
	var buf [24]byte
	return string(a.append(buf[:0]))
}

// AppendText appends the text of String to b. It never fails.
func (a Amount) AppendText(b []byte) ([]byte, error) {
	if !a.Known {
		return b, nil
	}
	return a.append(b), nil
}

// MarshalText is the text of String.
func (a Amount) MarshalText() ([]byte, error) { return a.AppendText(nil) }

func (a Amount) append(b []byte) []byte {
	u := uint64(a.Pico) //nolint:gosec // two's complement is what the next line wants
	if a.Pico < 0 {
		b = append(b, '-')
		u = -u
	}
	b = strconv.AppendUint(b, u/picoPerUSD, 10)
	frac := u % picoPerUSD
	if frac == 0 {
		return b
	}
	digits := 12
	for frac%10 == 0 {
		frac /= 10
		digits--
	}
	b = append(b, '.')
	start := len(b)
	b = append(b, "000000000000"[:digits]...)
	for i := start + digits - 1; frac > 0; i-- {
		b[i] = byte('0' + frac%10)
		frac /= 10
	}
	return b
}

// Float64 is the double nearest to the exact decimal, the one a parser of String gets. It is 0 when unknown.
func (a Amount) Float64() float64 {
	if !a.Known {
		return 0
	}
	// Both operands are exact doubles below 2^53, so the division rounds once and correctly.
	if a.Pico > -1<<53 && a.Pico < 1<<53 {
		return float64(a.Pico) / picoPerUSD
	}
	f, _ := strconv.ParseFloat(a.String(), 64)
	return f
}

// uint128 is an exact sum on its way to becoming an Amount.
type uint128 struct{ hi, lo uint64 }

func (a uint128) add(b uint128) (sum uint128, ok bool) {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	hi, carry := bits.Add64(a.hi, b.hi, carry)
	return uint128{hi, lo}, carry == 0
}

func mul64(x, y uint64) uint128 {
	hi, lo := bits.Mul64(x, y)
	return uint128{hi, lo}
}

func (a uint128) mul(m uint64) (product uint128, ok bool) {
	over, hi := bits.Mul64(a.hi, m)
	carry, lo := bits.Mul64(a.lo, m)
	hi, c := bits.Add64(hi, carry, 0)
	return uint128{hi, lo}, over == 0 && c == 0
}

// divRound divides, rounding half to even; ok is false when the quotient does not fit an Amount.
func (a uint128) divRound(d uint64) (quotient int64, ok bool) {
	if a.hi >= d {
		return 0, false
	}
	q, r := bits.Div64(a.hi, a.lo, d)
	half := d - r
	if r > half || (r == half && q&1 == 1) {
		q++
	}
	if q > maxPico {
		return 0, false
	}
	return int64(q), true
}
