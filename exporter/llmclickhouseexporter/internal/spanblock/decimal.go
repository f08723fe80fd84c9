package spanblock

import "fmt"

// moneyScale is the number of digits after the point of the cost columns.
const moneyScale = 12

// parseMoney reads an exact decimal such as "-1.25" as a number of 10^-12 units. It refuses what the
// column cannot hold exactly, more than 18 digits or more than 12 after the point, rather than round.
func parseMoney(s string) (units int64, ok bool) {
	negative := false
	if s != "" && (s[0] == '-' || s[0] == '+') {
		negative = s[0] == '-'
		s = s[1:]
	}
	const limit = 1_000_000_000_000_000_000 // 18 digits
	digits, scale, point := 0, 0, false
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '.' && !point:
			point = true
			continue
		case c < '0' || c > '9':
			return 0, false
		}
		digits++
		if point {
			if scale == moneyScale {
				if c != '0' {
					return 0, false
				}
				continue
			}
			scale++
		}
		if units = units*10 + int64(c-'0'); units >= limit {
			return 0, false
		}
	}
	if digits == 0 {
		return 0, false
	}
	for ; scale < moneyScale; scale++ {
		if units *= 10; units >= limit {
			return 0, false
		}
	}
	if negative {
		units = -units
	}
	return units, true
}

// formatMoney writes units of Decimal(18,12) as parseMoney reads them.
func formatMoney(units int64) string {
	sign := ""
	if units < 0 {
		sign, units = "-", -units
	}
	const one = 1_000_000_000_000
	return fmt.Sprintf("%s%d.%012d", sign, units/one, units%one)
}
