package sizes

import (
	"slices"
	"unicode/utf8"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// upTo is the beginning of a text, without half a character at its end.
func upTo(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// text is one that can be cut; the owner's key says which attribute it is part of.
type text struct {
	size  int
	cutTo func(n int)
	owner owner
}

// owner is a place that says what was cut of it.
type owner struct {
	attrs pcommon.Map
	key   string
}

// texts collects what can be cut of a value.
func texts(v pcommon.Value, of owner, into []text) []text {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return append(into, text{len(v.Str()), func(n int) { v.SetStr(upTo(v.Str(), n)) }, of})
	case pcommon.ValueTypeBytes:
		return append(into, text{v.Bytes().Len(), func(n int) { v.Bytes().FromRaw(v.Bytes().AsRaw()[:n]) }, of})
	case pcommon.ValueTypeMap:
		for _, inner := range v.Map().All() {
			into = texts(inner, of, into)
		}
	case pcommon.ValueTypeSlice:
		for _, inner := range v.Slice().All() {
			into = texts(inner, of, into)
		}
	}
	return into
}

// shorten cuts the longest texts to one length, so that they lose excess bytes together but none becomes shorter than least.
// It tells cut of each.
func shorten(all []text, excess, least int, cut func(text)) {
	slices.SortStableFunc(all, func(a, b text) int { return b.size - a.size })
	length, sum := least, 0
	for i, t := range all {
		sum += t.size
		next := 0
		if i+1 < len(all) {
			next = all[i+1].size
		}
		if sum-(i+1)*next >= excess { // the first i+1, cut to one length above the next one, are enough
			length = max(least, (sum-excess)/(i+1))
			break
		}
	}
	for _, t := range all {
		if t.size <= length {
			break
		}
		cut(t)
		t.cutTo(length)
	}
}
