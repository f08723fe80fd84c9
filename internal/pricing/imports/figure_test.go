package imports

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParsePrice(t *testing.T) {
	for in, want := range map[string]string{
		"1.25e-06":               "1.25",
		"0":                      "0",
		"3.75e-08":               "0.0375",
		"7.999999999999999e-07":  "0.8",        // what a float made of 0.0000008
		"1.1428571428571428e-06": "1.14285714", // no vendor writes that many digits
		"0.0000015":              "1.5",
	} {
		p, err := parsePrice(in, 1e6)
		require.NoError(t, err, in)
		assert.Equal(t, want, decimal(p), in)
	}
	for _, in := range []string{"", "-1", "1/3", "0x10", "ten", "1e999999", "NaN", "Inf"} {
		_, err := parsePrice(in, 1)
		assert.Error(t, err, in)
	}
}

func TestExactHour(t *testing.T) {
	meta := func(key, v string) map[string]any { return map[string]any{key: json.Number(v)} }
	for name, tc := range map[string]struct {
		perSecond string
		metadata  any
		want      string
	}{
		"said per minute":             {"7.167e-05", meta("original_pricing_per_minute", "0.0043"), "0.258"},
		"said per hour":               {"6.11e-05", meta("original_pricing_per_hour", "0.22"), "0.22"},
		"said, and not what it is":    {"6.11e-05", meta("original_pricing_per_hour", "0.9"), "0.22"},
		"per minute, found":           {"0.00012833", nil, "0.462"},
		"per hour, found":             {"1.111e-05", nil, "0.04"},
		"per hour in three digits":    {"3.083e-05", nil, "0.111"},
		"exact already":               {"0.0001", nil, "0.36"},
		"nothing short gives as much": {"1.23456789e-05", nil, "0.044444444"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := parsePrice(tc.perSecond, 3600)
			require.NoError(t, err)
			assert.Equal(t, tc.want, decimal(short(exactHour(tc.perSecond, p, tc.metadata))))
		})
	}
}
