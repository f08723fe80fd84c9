package vendorjson

import (
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// MaxAttributes is how many attributes one record may make. Clients send some dozens; the rest of a record that has more stays
// behind as one JSON text, so that nothing is lost and nobody can make a map of a million keys.
const MaxAttributes = 512

// Put writes a value under the name: scalars as they are, lists and objects as JSON text. Nothing is written for null.
func Put(attrs pcommon.Map, name string, v jsontree.Value) {
	switch v.Kind() {
	case jsontree.String:
		attrs.PutStr(name, v.Text())
	case jsontree.Bool:
		attrs.PutBool(name, v.Bool())
	case jsontree.Number:
		if n, ok := v.Int(); ok {
			attrs.PutInt(name, n)
		} else if f, ok := v.Float(); ok {
			attrs.PutDouble(name, f)
		}
	case jsontree.Array, jsontree.Object:
		attrs.PutStr(name, v.Compact())
	}
}

// Flatten writes an object as one attribute per member, name and member name joined by a dot, down to the given depth; what lies
// deeper, and what is no object, is written with Put. An empty name joins nothing.
func Flatten(attrs pcommon.Map, name string, v jsontree.Value, depth int) {
	if v.Kind() != jsontree.Object || depth <= 0 {
		if name != "" {
			Put(attrs, name, v)
		}
		return
	}
	if attrs.Len()+v.Len() > MaxAttributes {
		if name == "" {
			name = "attributes"
		}
		Put(attrs, name, v)
		return
	}
	for key, member := range v.Members() {
		if name != "" {
			key = name + "." + key
		}
		Flatten(attrs, key, member, depth-1)
	}
}

// PutTexts writes a list of texts, unless it is empty.
func PutTexts(attrs pcommon.Map, name string, texts []string) {
	if len(texts) == 0 {
		return
	}
	list := attrs.PutEmptySlice(name)
	list.EnsureCapacity(len(texts))
	for _, text := range texts {
		list.AppendEmpty().SetStr(text)
	}
}

// PutText writes a text, unless it is empty.
func PutText(attrs pcommon.Map, name, text string) {
	if text != "" {
		attrs.PutStr(name, text)
	}
}
