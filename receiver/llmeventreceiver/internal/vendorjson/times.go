package vendorjson

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// maxSeconds is the last second that a span's time, in nanoseconds since 1970, can express: some time in 2262.
const maxSeconds = math.MaxInt64/int64(time.Second) - 1

// Seconds is a time sent as seconds since 1970, whole or with a fraction, as a number or as text. The fraction is read digit by digit:
// a double has no room for nanoseconds.
func Seconds(v jsontree.Value) (time.Time, bool) {
	text := Text(v)
	whole, fraction, _ := strings.Cut(text, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err == nil && allDigits(fraction) {
		return fromUnix(seconds, nanos(fraction))
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > float64(maxSeconds) {
		return time.Time{}, false
	}
	seconds = int64(f)
	return fromUnix(seconds, int64((f-float64(seconds))*1e9))
}

// Nanoseconds is a time sent as nanoseconds since 1970.
func Nanoseconds(v jsontree.Value) (time.Time, bool) {
	n, ok := v.Int()
	if !ok {
		f, isNumber := v.Float()
		if !isNumber || f < 0 || f >= math.MaxInt64 {
			return time.Time{}, false
		}
		n = int64(f)
	}
	return fromUnix(n/int64(time.Second), n%int64(time.Second))
}

// Instant is a time in ISO 8601, or a number of seconds, as clients mix them.
func Instant(v jsontree.Value) (time.Time, bool) {
	if v.Kind() == jsontree.String {
		text := v.Text()
		for _, layout := range [...]string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00"} {
			if t, err := time.Parse(layout, text); err == nil {
				return fromUnix(t.Unix(), int64(t.Nanosecond()))
			}
		}
	}
	return Seconds(v)
}

// Duration is a number of units, negative ones and those beyond a year refused.
func Duration(v jsontree.Value, unit time.Duration) (time.Duration, bool) {
	f, ok := v.Float()
	if !ok {
		parsed, err := strconv.ParseFloat(v.Text(), 64)
		if err != nil {
			return 0, false
		}
		f = parsed
	}
	const year = float64(366 * 24 * time.Hour)
	if f *= float64(unit); !(f >= 0) || f > year {
		return 0, false
	}
	return time.Duration(f), true
}

func fromUnix(seconds, nanoseconds int64) (time.Time, bool) {
	if seconds < 0 || seconds > maxSeconds || nanoseconds < 0 || seconds == 0 && nanoseconds == 0 {
		return time.Time{}, false
	}
	return time.Unix(seconds, nanoseconds).UTC(), true
}

func allDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// nanos reads the digits behind the point of a number of seconds.
func nanos(fraction string) int64 {
	const places = 9
	fraction = (fraction + "000000000")[:places]
	n, _ := strconv.ParseInt(fraction, 10, 64) // nine digits always fit
	return n
}
