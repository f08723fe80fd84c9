package valuetext

import "go.opentelemetry.io/collector/pdata/pcommon"

// MaxDepth is how deep maps and lists may lie in each other.
const MaxDepth = 1024

// Of is a value as text, structured ones as JSON. What is nested deeper than anybody writes is empty: spelling it out takes time
// that grows with the square of its depth.
func Of(v pcommon.Value) string {
	if TooDeep(v) {
		return ""
	}
	return v.AsString()
}

// TooDeep reports whether Of has nothing to say of a value because of its depth.
func TooDeep(v pcommon.Value) bool { return deeper(v, MaxDepth) }

func deeper(v pcommon.Value, than int) bool {
	switch v.Type() {
	case pcommon.ValueTypeMap:
		if than == 0 {
			return true
		}
		for _, inner := range v.Map().All() {
			if deeper(inner, than-1) {
				return true
			}
		}
	case pcommon.ValueTypeSlice:
		if than == 0 {
			return true
		}
		for _, inner := range v.Slice().All() {
			if deeper(inner, than-1) {
				return true
			}
		}
	}
	return false
}
