package llmtenantprocessor

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// Everything under these names belongs to the sender's key. Payloads have no say in it.
const (
	tenantClaim  = "watchllm.tenant"
	projectClaim = "watchllm.project"
)

func isClaim(key string) bool {
	if len(key) < len(tenantClaim) || key[0] != 'w' { // almost every key ends here
		return false
	}
	rest, ok := strings.CutPrefix(key, tenantClaim)
	if !ok {
		rest, ok = strings.CutPrefix(key, projectClaim)
	}
	return ok && (rest == "" || rest[0] == '.')
}

// strip removes claims from a map, also from maps inside it, and returns how many there were.
// A map without claims is only read: nothing is allocated or moved.
func strip(m pcommon.Map) int {
	removed, here := 0, false
	for key, value := range m.All() {
		if isClaim(key) {
			here = true
		} else {
			removed += stripValue(value)
		}
	}
	if !here {
		return removed
	}
	before := m.Len()
	m.RemoveIf(func(key string, _ pcommon.Value) bool { return isClaim(key) })
	return removed + before - m.Len()
}

func stripValue(v pcommon.Value) int {
	switch v.Type() {
	case pcommon.ValueTypeMap:
		return strip(v.Map())
	case pcommon.ValueTypeSlice:
		removed := 0
		for _, e := range v.Slice().All() {
			removed += stripValue(e)
		}
		return removed
	}
	return 0
}
