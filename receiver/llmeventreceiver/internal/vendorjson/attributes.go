package vendorjson

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// MaxAttributes is how many attributes one record may make. Clients send some dozens.
const MaxAttributes = 512

// Flatten writes an object as one attribute per member, name and member name joined by a dot, down to the given depth; what lies
// deeper, what is no object, and an object there is no room for, is written whole.
func Flatten(attrs pcommon.Map, name string, v jsontree.Value, depth int) {
	if v.Kind() != jsontree.Object || depth <= 0 || attrs.Len()+v.Len() > MaxAttributes {
		foreign.Put(attrs, name, v)
		return
	}
	for key, member := range v.Members() {
		Flatten(attrs, name+"."+key, member, depth-1)
	}
}

// PutMembers writes the members of an object under the prefix and their names, as long as there is room.
func PutMembers(attrs pcommon.Map, prefix string, v jsontree.Value) {
	for key, member := range v.Members() {
		if attrs.Len() >= MaxAttributes {
			return
		}
		foreign.Put(attrs, prefix+key, member)
	}
}

// PutText writes a text, unless it is empty.
func PutText(attrs pcommon.Map, name, text string) {
	if text != "" {
		attrs.PutStr(name, text)
	}
}

// TextOf is the text of an attribute, empty where it is missing or no text.
func TextOf(attrs pcommon.Map, name string) string {
	if v, ok := attrs.Get(name); ok && v.Type() == pcommon.ValueTypeStr {
		return v.Str()
	}
	return ""
}

// True understands true, "true" and 1.
func True(v jsontree.Value) bool {
	switch v.Kind() {
	case jsontree.Bool:
		return v.Bool()
	case jsontree.String:
		return strings.EqualFold(v.Text(), "true")
	case jsontree.Number:
		n, ok := v.Int()
		return ok && n != 0
	default:
		return false
	}
}
