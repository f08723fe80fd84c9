package message

import "go.opentelemetry.io/collector/pdata/pcommon"

// maxSpelled bounds the depth of what is spelled out.
const maxSpelled = 1024

// PlainText is a value as text, structured ones as JSON. What is nested deeper than anybody writes is empty: spelling it out takes time
// that grows with the square of its depth.
func PlainText(v pcommon.Value) string {
	if deeper(v, maxSpelled) {
		return ""
	}
	return v.AsString()
}

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
