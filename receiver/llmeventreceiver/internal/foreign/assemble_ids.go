package foreign

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// Ids are worked out from nothing but the vendor's own, so that what is sent again is the same span again. The tenant goes into
// every hash: one tenant's free-form ids cannot be made to meet another's.

// TraceIDOf is the trace id for a vendor's id; as is false when it had to be hashed.
func TraceIDOf(tenant, vendor, id string) (out pcommon.TraceID, asIs bool) {
	if decodeHex(out[:], id) || isUUID(id) && decodeHex(out[:], strings.ReplaceAll(id, "-", "")) {
		return out, true
	}
	copy(out[:], digest("trace", tenant, vendor, id))
	return out, false
}

// SpanIDOf is the span id for a vendor's id; as is false when it had to be hashed.
func SpanIDOf(tenant, vendor, id string) (out pcommon.SpanID, asIs bool) {
	if decodeHex(out[:], id) {
		return out, true
	}
	copy(out[:], digest("span", tenant, vendor, id))
	return out, false
}

func digest(fields ...string) []byte {
	sum := sha256.Sum256([]byte(strings.Join(fields, "\x00")))
	return sum[:]
}

// decodeHex leaves out an id of zeros, which OpenTelemetry takes for none.
func decodeHex(to []byte, s string) bool {
	if len(s) != hex.EncodedLen(len(to)) {
		return false
	}
	if _, err := hex.Decode(to, []byte(s)); err != nil {
		return false
	}
	for _, b := range to {
		if b != 0 {
			return true
		}
	}
	return false
}

func isUUID(s string) bool {
	return len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-'
}
