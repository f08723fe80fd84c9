package pricing

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

var errNotDecimal = errors.New("not a decimal number")

// parseDecimal reads digits with an optional fraction and exponent as mantissa x 10^-scale, without ever passing through a float.
func parseDecimal(s string) (mantissa int64, scale int, err error) {
	body, exp := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		body = s[:i]
		if exp, err = strconv.Atoi(s[i+1:]); err != nil || exp > 40 || exp < -400 {
			return 0, 0, errNotDecimal
		}
	}
	neg := strings.HasPrefix(body, "-")
	if neg || strings.HasPrefix(body, "+") {
		body = body[1:]
	}
	whole, frac, _ := strings.Cut(body, ".")
	if whole+frac == "" {
		return 0, 0, errNotDecimal
	}
	for _, c := range whole + frac {
		if c < '0' || c > '9' {
			return 0, 0, errNotDecimal
		}
	}
	digits := strings.TrimLeft(whole+frac, "0")
	scale = len(frac) - exp
	for len(digits) > 18 && strings.HasSuffix(digits, "0") {
		digits = digits[:len(digits)-1]
		scale--
	}
	if len(digits) > 18 {
		// Eighteen digits are more than any price or amount has. Of the rest it only matters that there is some: a figure that is not
		// exact must not look it, and what is above a half must not round as a half does.
		scale -= len(digits) - 18
		last := digits[17]
		if last == '0' || last == '5' {
			last++
		}
		digits = digits[:17] + string(last)
	}
	if digits == "" {
		return 0, 0, nil
	}
	if mantissa, err = strconv.ParseInt(digits, 10, 64); err != nil {
		return 0, 0, errNotDecimal
	}
	if neg {
		mantissa = -mantissa
	}
	return mantissa, scale, nil
}

// rescale turns mantissa x 10^-from into units of 10^-to, rounding half to even.
func rescale(mantissa int64, from, to int) (int64, bool) {
	for ; from < to; from++ {
		if mantissa > math.MaxInt64/10 || mantissa < math.MinInt64/10 {
			return 0, false
		}
		mantissa *= 10
	}
	if from == to || mantissa == 0 {
		return mantissa, true
	}
	if from-to > 18 {
		return 0, true
	}
	div := int64(1)
	for ; from > to; from-- {
		div *= 10
	}
	q, r := mantissa/div, mantissa%div
	if r < 0 {
		r = -r
	}
	if half := div - r; r > half || (r == half && q&1 != 0) {
		if mantissa < 0 {
			q--
		} else {
			q++
		}
	}
	return q, true
}

// rescaleExact is rescale for figures that must not be rounded.
func rescaleExact(mantissa int64, from, to int) (int64, bool) {
	for from > to && mantissa != 0 {
		if mantissa%10 != 0 {
			return 0, false
		}
		mantissa, from = mantissa/10, from-1
	}
	return rescale(mantissa, min(from, to), to)
}
