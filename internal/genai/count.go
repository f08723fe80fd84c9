package genai

import (
	"math"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// maxCount is the largest integer a double holds exactly. A count beyond it is broken: no call has 9e15 tokens.
const maxCount = 1 << 53

// readCount reads a token count from whatever type the client sent. What cannot be a count is unknown and flagged, never zero.
func readCount(v pcommon.Value) (Count, Flags) {
	switch v.Type() {
	case pcommon.ValueTypeInt:
		return checkCount(v.Int(), 0)
	case pcommon.ValueTypeDouble:
		return floatCount(v.Double(), FlagFloatCount)
	case pcommon.ValueTypeStr:
		return countText(strings.TrimSpace(v.Str()), FlagStringCount)
	case pcommon.ValueTypeEmpty:
		return Count{}, 0
	default:
		return Count{}, FlagUnreadableCount
	}
}

// countText reads a count that is spelled out; coercion is what to note when it can be read.
func countText(s string, coercion Flags) (Count, Flags) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return checkCount(n, coercion)
	}
	if !isDecimal(s) {
		return Count{}, FlagUnreadableCount
	}
	d, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return Count{}, FlagUnreadableCount
	}
	return floatCount(d, coercion)
}

// isDecimal tells plain decimal digits, with or without an exponent, from what ParseFloat takes as well: "inf", "0x1p4" and "1_0".
func isDecimal(s string) bool {
	for i := range len(s) {
		if strings.IndexByte("0123456789+-.eE", s[i]) < 0 {
			return false
		}
	}
	return true
}

func floatCount(d float64, coercion Flags) (Count, Flags) {
	if math.IsNaN(d) || math.Abs(d) > maxCount || d != math.Trunc(d) {
		return Count{}, FlagUnreadableCount
	}
	return checkCount(int64(d), coercion)
}

func checkCount(n int64, coercion Flags) (Count, Flags) {
	switch {
	case n < 0:
		return Count{}, FlagNegativeCount
	case n > maxCount:
		return Count{}, FlagUnreadableCount
	default:
		return known(n), coercion
	}
}
