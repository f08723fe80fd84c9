package foreign

import (
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// limits let what nests too deep in one record cost only itself.
var limits = jsontree.Limits{Depth: jsontree.DefaultLimits.Depth, Values: jsontree.DefaultLimits.Values, SkipDeep: true}

// Parse reads a body that is one JSON value, with the limits that every decoder shares.
func Parse(body []byte) (jsontree.Value, error) { return jsontree.Parse(body, limits) }

// Put writes a value of any kind: text, numbers and booleans as they are, objects and lists as JSON. Nothing is written for nothing.
func Put(attrs pcommon.Map, key string, v jsontree.Value) {
	switch v.Kind() {
	case jsontree.Missing, jsontree.Null:
	case jsontree.String:
		attrs.PutStr(key, v.Text())
	case jsontree.Bool:
		attrs.PutBool(key, v.Bool())
	case jsontree.Number:
		if n, ok := v.Int(); ok {
			attrs.PutInt(key, n)
		} else if f, ok := v.Float(); ok {
			attrs.PutDouble(key, f)
		}
	default:
		attrs.PutStr(key, v.Compact())
	}
}

// PutText writes text; an empty one and other kinds are left out.
func PutText(attrs pcommon.Map, key string, v jsontree.Value) {
	if s := v.Text(); s != "" {
		attrs.PutStr(key, s)
	}
}

// maxFlat is how many fields of one object become attributes of their own; more is data in the wrong place.
const maxFlat = 128

// maxKey is the longest field name that becomes part of an attribute's.
const maxKey = 256

// Flatten writes each field of an object under prefix + its name. What is too much, and what is no object, is kept whole under the
// prefix itself.
func Flatten(attrs pcommon.Map, prefix string, v jsontree.Value) {
	whole := strings.TrimSuffix(prefix, ".")
	if v.Kind() != jsontree.Object || v.Len() > maxFlat {
		Put(attrs, whole, v)
		return
	}
	for name, field := range v.Members() {
		if name != "" && len(name) <= maxKey {
			Put(attrs, prefix+name, field)
		}
	}
}

// Texts is a list of text; other elements are left out.
func Texts(v jsontree.Value) (out []string) {
	for _, e := range v.Elements() {
		if s := e.Text(); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// PutTexts writes a list of text, unless it is empty.
func PutTexts(attrs pcommon.Map, key string, texts []string) {
	if len(texts) == 0 {
		return
	}
	list := attrs.PutEmptySlice(key)
	for _, s := range texts {
		list.AppendEmpty().SetStr(s)
	}
}

// The years in which a time is believed. OTLP counts nanoseconds in 64 bits, which end in 2262.
var (
	firstTime = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)
	lastTime  = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Time reads a moment as clients write it: RFC 3339 with or without a zone (UTC then), or a number since 1970 in seconds,
// milliseconds, microseconds or nanoseconds, whichever gives a year that can be. The zero time means that there is none.
func Time(v jsontree.Value) time.Time {
	switch v.Kind() {
	case jsontree.String:
		return TimeOf(v.Text())
	case jsontree.Number:
		if n, ok := v.Int(); ok {
			return believable(ofInt(n))
		}
		if f, ok := v.Float(); ok && f > 0 && f < 1e17 {
			switch {
			case f < 1e11:
				return believable(time.UnixMicro(int64(f * 1e6)).UTC())
			case f < 1e14:
				return believable(time.UnixMicro(int64(f * 1e3)).UTC())
			default:
				return believable(time.UnixMicro(int64(f)).UTC())
			}
		}
	}
	return time.Time{}
}

func ofInt(n int64) time.Time {
	if n <= 0 {
		return time.Time{}
	}
	return event.Unix(n)
}

// TimeOf reads a moment in text.
func TimeOf(s string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999"} {
		if t, err := time.Parse(layout, s); err == nil {
			return believable(t.UTC())
		}
	}
	return time.Time{}
}

func believable(t time.Time) time.Time {
	if t.Before(firstTime) || t.After(lastTime) {
		return time.Time{}
	}
	return t
}
