package spanblock

import (
	"fmt"
	"math"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/internal/valuetext"
)

// field is a column that is filled from a span attribute of the same meaning. take reads a value and
// says whether the column can hold it; what it cannot hold stays in the attribute maps, and the column
// stays unknown. put appends the row's value, or the unknown one.
type field struct {
	take func(v pcommon.Value) (units int64, ok bool)
	put  func(v pcommon.Value, units int64, ok bool)
	// instead is the attribute that is read, without being consumed, when there is no value.
	instead string
}

// insteads are read when the canonical attribute is absent, so that plain OpenTelemetry data is
// found by conversation and user too.
var insteads = map[string]string{
	semconv.GenAIConversationID: semconv.SessionID,
	semconv.WatchLLMUserID:      semconv.UserID,
}

// absent are the values of columns that always say something.
var absent = map[string]string{
	semconv.WatchLLMRole:      semconv.RoleOther,
	semconv.WatchLLMUsageRole: semconv.UsageRoleNone,
}

func newField(c clickhouse.Column, col column) field {
	f := field{instead: insteads[c.Attribute]}
	switch col := col.(type) {
	case *dictionary:
		none := absent[c.Attribute]
		f.take = takeScalar
		f.put = func(v pcommon.Value, _ int64, ok bool) {
			s := none
			if ok && asText(v) != "" {
				s = asText(v)
			}
			col.add(s)
		}
	case *text:
		f.take = takeScalar
		if c.Codec != "" {
			f.take = takeAnything
		}
		f.put = func(v pcommon.Value, _ int64, ok bool) {
			if !ok {
				col.add("")
				return
			}
			col.add(asText(v))
		}
	case *nullable:
		f = nullableField(f, c.Type, col)
	case *array:
		words := col.of.(*dictionary)
		f.take = takeStrings
		f.put = func(v pcommon.Value, _ int64, ok bool) {
			if !ok {
				col.close(0)
				return
			}
			for _, s := range v.Slice().All() {
				words.add(s.Str())
			}
			col.close(v.Slice().Len())
		}
	}
	return f
}

func nullableField(f field, typ string, col *nullable) field {
	f.put = func(_ pcommon.Value, units int64, ok bool) { col.u64(uint64(units), ok) }
	switch typ {
	case "Nullable(UInt64)":
		f.take = takeCount
	case "Nullable(Float64)":
		f.take = takeFloat
	case "Nullable(Bool)":
		f.take = takeBool
		f.put = func(_ pcommon.Value, units int64, ok bool) { col.boolean(units != 0, ok) }
	default:
		f.take = takeMoney
	}
	return f
}

func takeScalar(v pcommon.Value) (int64, bool) {
	switch v.Type() {
	case pcommon.ValueTypeStr, pcommon.ValueTypeInt, pcommon.ValueTypeDouble, pcommon.ValueTypeBool:
		return 0, true
	}
	return 0, false
}

func takeAnything(v pcommon.Value) (int64, bool) { return 0, v.Type() != pcommon.ValueTypeEmpty }

// takeCount takes whole numbers from 0 up. Some senders count in doubles, which hold them exactly up to 2^53.
func takeCount(v pcommon.Value) (int64, bool) {
	switch v.Type() {
	case pcommon.ValueTypeInt:
		return v.Int(), v.Int() >= 0
	case pcommon.ValueTypeDouble:
		d := v.Double()
		return int64(d), d >= 0 && d <= 1<<53 && d == math.Trunc(d)
	}
	return 0, false
}

func takeFloat(v pcommon.Value) (int64, bool) {
	switch v.Type() {
	case pcommon.ValueTypeDouble:
		return int64(math.Float64bits(v.Double())), true
	case pcommon.ValueTypeInt:
		return int64(math.Float64bits(float64(v.Int()))), true
	}
	return 0, false
}

func takeBool(v pcommon.Value) (int64, bool) {
	if v.Type() != pcommon.ValueTypeBool {
		return 0, false
	}
	return int64(bit(v.Bool())), true
}

// takeMoney takes exact decimal strings only: an amount never goes through a float.
func takeMoney(v pcommon.Value) (int64, bool) {
	if v.Type() != pcommon.ValueTypeStr {
		return 0, false
	}
	return parseMoney(v.Str())
}

func takeStrings(v pcommon.Value) (int64, bool) {
	if v.Type() != pcommon.ValueTypeSlice {
		return 0, false
	}
	for _, s := range v.Slice().All() {
		if s.Type() != pcommon.ValueTypeStr {
			return 0, false
		}
	}
	return 0, true
}

// asText is the value as a string, or as JSON when it has structure.
func asText(v pcommon.Value) string {
	if v.Type() == pcommon.ValueTypeStr {
		return v.Str()
	}
	return structured(v)
}

// tooDeep stands for a value that nobody could read back, and that would take minutes to write.
var tooDeep = fmt.Sprintf("%q", fmt.Sprintf("nested deeper than %d levels", valuetext.MaxDepth))

// structured is a map or a list as JSON.
func structured(v pcommon.Value) string {
	if valuetext.TooDeep(v) {
		return tooDeep
	}
	return v.AsString()
}
