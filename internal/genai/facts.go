package genai

import (
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// facts is what one span said, by field: the value under the best alias, and which alias that was.
type facts struct {
	vals [numFields]pcommon.Value
	// rank is 0 while the field is absent, else 1 + the place of the alias in its row: lower is better.
	rank [numFields]uint8
	// present is set when the canonical name is there, winner when its value is the one taken.
	present, winner [numFields]bool
}

func (f *facts) reset() {
	f.rank = [numFields]uint8{}
	f.present = [numFields]bool{}
	f.winner = [numFields]bool{}
}

func (f *facts) set(s slot, v pcommon.Value) {
	if s.canonical {
		f.present[s.field] = true
	}
	// A null attribute says nothing, and an empty string is how many clients write "not set".
	switch v.Type() {
	case pcommon.ValueTypeEmpty:
		return
	case pcommon.ValueTypeStr:
		if v.Str() == "" {
			return
		}
	}
	if old := f.rank[s.field]; old != 0 && old <= s.rank {
		return
	}
	f.rank[s.field] = s.rank
	f.vals[s.field] = v
	f.winner[s.field] = s.canonical
}

func (f *facts) has(id field) bool { return f.rank[id] != 0 }

func (f *facts) drop(id field) { f.rank[id], f.winner[id] = 0, false }

// put sets a field that no attribute of the span gave.
func (f *facts) put(id field, v pcommon.Value) {
	if f.rank[id] == 0 {
		f.rank[id], f.vals[id] = 255, v
	}
}

// adopt makes the value of another field the value of this one, unless this one has its own.
func (f *facts) adopt(id, from field) {
	if f.rank[id] == 0 && f.rank[from] != 0 {
		f.rank[id], f.vals[id] = f.rank[from], f.vals[from]
	}
}

// move makes the value of another field the value of this one, and nothing of the other.
func (f *facts) move(id, from field) {
	f.adopt(id, from)
	f.drop(from)
}

// str is the field as text; numbers and booleans are spelled out, lists and maps are not text.
func (f *facts) str(id field) string {
	if f.rank[id] == 0 {
		return ""
	}
	v := f.vals[id]
	switch v.Type() {
	case pcommon.ValueTypeStr:
		return v.Str()
	case pcommon.ValueTypeInt, pcommon.ValueTypeDouble, pcommon.ValueTypeBool:
		return v.AsString()
	default:
		return ""
	}
}

// number is the field as a double; ok is false when it is absent or no number.
func (f *facts) number(id field) (n float64, ok bool) {
	if f.rank[id] == 0 {
		return 0, false
	}
	return toNumber(f.vals[id])
}

func toNumber(v pcommon.Value) (n float64, ok bool) {
	switch v.Type() {
	case pcommon.ValueTypeInt:
		return float64(v.Int()), true
	case pcommon.ValueTypeDouble:
		return v.Double(), true
	case pcommon.ValueTypeStr:
		n, err := strconv.ParseFloat(strings.TrimSpace(v.Str()), 64)
		return n, err == nil
	default:
		return 0, false
	}
}

// boolean understands the spellings clients use: true, "True", "false", 0, 1.
func (f *facts) boolean(id field) (b, ok bool) {
	if f.rank[id] == 0 {
		return false, false
	}
	v := f.vals[id]
	switch v.Type() {
	case pcommon.ValueTypeBool:
		return v.Bool(), true
	case pcommon.ValueTypeInt:
		return v.Int() != 0, true
	case pcommon.ValueTypeStr:
		switch s := v.Str(); {
		case strings.EqualFold(s, "true"):
			return true, true
		case strings.EqualFold(s, "false"):
			return false, true
		}
	}
	return false, false
}

// value is the field as it came, or nothing.
func (f *facts) value(id field) *pcommon.Value {
	if f.rank[id] == 0 {
		return nil
	}
	return &f.vals[id]
}
