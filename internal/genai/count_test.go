package genai

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.opentelemetry.io/collector/pdata/pcommon"
)

func TestReadCount(t *testing.T) {
	list := pcommon.NewValueSlice()
	for _, tt := range []struct {
		name  string
		value pcommon.Value
		want  Count
		flags Flags
	}{
		{"int", pcommon.NewValueInt(1037), known(1037), 0},
		{"zero is known", pcommon.NewValueInt(0), known(0), 0},
		{"string", strValue("1037"), known(1037), FlagStringCount},
		{"string with spaces", strValue(" 1037\n"), known(1037), FlagStringCount},
		{"integral float in a string", strValue("1037.0"), known(1037), FlagStringCount},
		{"float", pcommon.NewValueDouble(1037), known(1037), FlagFloatCount},
		{"broken float", pcommon.NewValueDouble(10.5), Count{}, FlagUnreadableCount},
		{"NaN", pcommon.NewValueDouble(math.NaN()), Count{}, FlagUnreadableCount},
		{"infinity", pcommon.NewValueDouble(math.Inf(1)), Count{}, FlagUnreadableCount},
		{"huge", pcommon.NewValueInt(math.MaxInt64), Count{}, FlagUnreadableCount},
		{"huge float", pcommon.NewValueDouble(1e300), Count{}, FlagUnreadableCount},
		{"negative", pcommon.NewValueInt(-1), Count{}, FlagNegativeCount},
		{"negative string", strValue("-3"), Count{}, FlagNegativeCount},
		{"words", strValue("many"), Count{}, FlagUnreadableCount},
		{"hex", strValue("0x10p2"), Count{}, FlagUnreadableCount},
		{"inf in a string", strValue("inf"), Count{}, FlagUnreadableCount},
		{"empty string", strValue(""), Count{}, FlagUnreadableCount},
		{"bool", pcommon.NewValueBool(true), Count{}, FlagUnreadableCount},
		{"list", list, Count{}, FlagUnreadableCount},
		{"null says nothing", pcommon.NewValueEmpty(), Count{}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, flags := readCount(tt.value)
			assert.Equal(t, tt.want, got)
			assert.Equal(t, tt.flags, flags)
		})
	}
}
