package event

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/genai/message"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// Text reads text into an attribute. Numbers and booleans are taken as they are written: ids are often numbers.
func Text(attr string) Field {
	return func(r *Reader, v jsontree.Value) {
		if s, ok := r.Text(v); ok {
			r.PutStr(attr, s)
		}
	}
}

// Int reads a whole number into an attribute.
func Int(attr string) Field {
	return func(r *Reader, v jsontree.Value) {
		if n, _, ok := wholeNumber(v); ok {
			r.Record.Attrs.PutInt(attr, n)
			return
		}
		r.Reject(CodeInvalidNumber, "must be a whole number, is %s", show(v))
	}
}

// Double reads a number into an attribute.
func Double(attr string) Field {
	return func(r *Reader, v jsontree.Value) {
		if f, ok := r.Number(v); ok {
			r.Record.Attrs.PutDouble(attr, f)
		}
	}
}

// Seconds reads milliseconds into an attribute that counts seconds.
func Seconds(attr string) Field {
	return func(r *Reader, v jsontree.Value) {
		if d, ok := r.Milliseconds(v); ok {
			r.Record.Attrs.PutDouble(attr, d.Seconds())
		}
	}
}

// Boolean reads true or false into an attribute.
func Boolean(attr string) Field {
	return func(r *Reader, v jsontree.Value) {
		if v.Kind() != jsontree.Bool {
			r.Reject(CodeInvalidType, "must be true or false, is %s", show(v))
			return
		}
		r.Record.Attrs.PutBool(attr, v.Bool())
	}
}

// Texts reads a list of texts, or a single text, into an attribute that is a list.
func Texts(attr string) Field {
	return func(r *Reader, v jsontree.Value) {
		if v.Kind() == jsontree.String {
			r.Record.Attrs.PutEmptySlice(attr).AppendEmpty().SetStr(r.cut(attr, v.Text()))
			return
		}
		list := r.Record.Attrs.PutEmptySlice(attr)
		r.Each(v, func(r *Reader, v jsontree.Value) {
			if s, ok := r.Text(v); ok {
				list.AppendEmpty().SetStr(r.cut(attr, s))
			}
		})
	}
}

// Content reads text or any JSON into an attribute that holds text; JSON is stored compact.
// What is longer than the limit is cut and marked.
func Content(attr string) Field {
	return func(r *Reader, v jsontree.Value) { r.PutContent(attr, contentOf(v)) }
}

func contentOf(v jsontree.Value) string {
	if v.Kind() == jsontree.String {
		return v.Text()
	}
	return v.Compact()
}

// Message reads content; plain text becomes one message of the role in the form of gen_ai.input.messages.
func Message(attr, role string) Field {
	return func(r *Reader, v jsontree.Value) {
		if v.Kind() != jsontree.String {
			r.PutContent(attr, v.Compact())
			return
		}
		r.PutContent(attr, `[{"role":"`+role+`","parts":[{"type":"text","content":`+v.Compact()+`}]}]`)
	}
}

// PutStr sets an attribute to short text.
func (r *Reader) PutStr(attr, s string) { r.PutContent(attr, s) }

// PutContent sets an attribute to text that may be long.
func (r *Reader) PutContent(attr, s string) {
	r.Record.Attrs.PutStr(attr, r.cut(attr, s))
}

// cut shortens s to the content limit as the content policies do: of messages the oldest go, JSON stays JSON, and a marker stands
// where something is missing.
func (r *Reader) cut(attr, s string) string {
	limit := r.limits.ContentBytes
	if len(s) <= limit {
		return s
	}
	r.Record.truncated = append(r.Record.truncated, attr+"="+strconv.Itoa(len(s)))
	var c message.Converter
	return c.Cut(s, limit)
}

// Text returns text; numbers and booleans are taken as they are written.
func (r *Reader) Text(v jsontree.Value) (string, bool) {
	switch v.Kind() {
	case jsontree.String:
		return v.Text(), true
	case jsontree.Number, jsontree.Bool:
		return string(v.Raw()), true
	}
	r.Reject(CodeInvalidType, "must be text, is %s", v.Kind())
	return "", false
}

// Number returns a finite number; text that holds one is accepted.
func (r *Reader) Number(v jsontree.Value) (float64, bool) {
	f, ok := v.Float()
	if v.Kind() == jsontree.String {
		var err error
		f, err = strconv.ParseFloat(v.Text(), 64)
		ok = err == nil && isDecimal(v.Text())
	}
	if !ok {
		r.Reject(CodeInvalidNumber, "must be a number, is %s", show(v))
	}
	return f, ok
}

// isDecimal is false for the other forms of numbers that Go reads: hexadecimal, infinities, NaN.
func isDecimal(s string) bool { return s != "" && strings.Trim(s, "0123456789+-.eE") == "" }

// Milliseconds returns a span of time that is not negative and shorter than a year.
func (r *Reader) Milliseconds(v jsontree.Value) (time.Duration, bool) {
	const year = 366 * 24 * time.Hour
	ms, ok := r.Number(v)
	if !ok {
		return 0, false
	}
	if ms < 0 || ms > float64(year.Milliseconds()) {
		r.Reject(CodeInvalidNumber, "must be between 0 and a year in milliseconds, is %s", show(v))
		return 0, false
	}
	return time.Duration(math.Round(ms * float64(time.Millisecond))), true
}

// wholeNumber accepts integers, and, telling so, floats without fraction and text that holds an integer.
func wholeNumber(v jsontree.Value) (n int64, flag string, ok bool) {
	if n, ok = v.Int(); ok {
		return n, "", true
	}
	if v.Kind() == jsontree.String {
		n, err := strconv.ParseInt(strings.TrimSpace(v.Text()), 10, 64)
		return n, flagString, err == nil
	}
	f, ok := v.Float()
	if !ok || f != math.Trunc(f) || math.Abs(f) > maxTokens {
		return 0, "", false
	}
	return int64(f), flagFloat, true
}

// ToValue converts JSON to an attribute value: integers stay integers, and numbers that fit no type stay text.
func ToValue(v jsontree.Value, to pcommon.Value) {
	switch v.Kind() {
	case jsontree.String:
		to.SetStr(v.Text())
	case jsontree.Bool:
		to.SetBool(v.Bool())
	case jsontree.Number:
		if n, ok := v.Int(); ok {
			to.SetInt(n)
		} else if f, ok := v.Float(); ok && strings.ContainsAny(string(v.Raw()), ".eE") {
			to.SetDouble(f)
		} else {
			to.SetStr(string(v.Raw()))
		}
	case jsontree.Array:
		list := to.SetEmptySlice()
		for _, e := range v.Elements() {
			ToValue(e, list.AppendEmpty())
		}
	case jsontree.Object:
		if v.Len() > maxAttributes { // a map finds its keys one by one: thousands of them are data, not attributes
			to.SetStr(v.Compact())
			return
		}
		m := to.SetEmptyMap()
		for key, e := range v.Members() {
			ToValue(e, m.PutEmpty(key))
		}
	}
}

// show is a value in a message, short.
func show(v jsontree.Value) string {
	const most = 40
	s := v.Compact()
	if v.Kind() == jsontree.Number {
		s = string(v.Raw())
	}
	if len(s) <= most {
		return s
	}
	for n := most; ; n-- {
		if utf8.RuneStart(s[n]) {
			return s[:n] + "…"
		}
	}
}
