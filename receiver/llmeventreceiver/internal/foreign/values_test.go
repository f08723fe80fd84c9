package foreign

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTime(t *testing.T) {
	const want = "2026-11-23T09:10:56.479Z"
	for _, in := range []string{
		`"2026-11-23T09:10:56.479Z"`, `"2026-11-23T09:10:56.479"`, `"2026-11-23 09:10:56.479"`, `"2026-11-23T10:10:56.479+01:00"`,
		`1795425056479`, `1795425056479000`, `1795425056479000000`, `1795425056.479`, `1795425056479.0`,
	} {
		v, err := Parse([]byte(in))
		require.NoError(t, err)
		require.Equal(t, want, Time(v).Format("2006-01-02T15:04:05.000Z07:00"), in)
	}
	for _, in := range []string{`null`, `"yesterday"`, `-5`, `0`, `1e300`, `NaN`, `{}`, `"9999-01-01T00:00:00Z"`, `"0001-01-01T00:00:00Z"`} {
		v, err := Parse([]byte(in))
		require.NoError(t, err)
		require.True(t, Time(v).IsZero(), in)
	}
}
