package genai

import (
	"strconv"
	"strings"
)

// The peeks below take one member out of JSON text without parsing it: texts may be long, cut off by an attribute limit, and only
// one number in them is wanted. A member is found at whatever depth it first stands; a value inside a string cannot be mistaken for
// one, because quotes inside strings are escaped.

// jsonStringMember is the text of the first member of that name, or empty when it is absent, no string, cut off or has escapes.
func jsonStringMember(text, name string) string {
	rest, ok := jsonMember(text, name)
	if !ok || !strings.HasPrefix(rest, `"`) {
		return ""
	}
	rest = rest[1:]
	end := strings.IndexAny(rest, `"\`)
	if end < 0 || rest[end] == '\\' {
		return ""
	}
	return rest[:end]
}

// jsonIntMember is the non-negative whole number under the first member of that name.
func jsonIntMember(text, name string) (n int64, ok bool) {
	rest, ok := jsonMember(text, name)
	if !ok {
		return 0, false
	}
	end := 0
	for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	// A number that ends with the text may be cut off.
	if end == 0 || end == len(rest) || rest[end] != ',' && rest[end] != '}' && rest[end] != ' ' && rest[end] != '\n' {
		return 0, false
	}
	n, err := strconv.ParseInt(rest[:end], 10, 64)
	return n, err == nil && n <= maxCount
}

func jsonMember(text, name string) (rest string, ok bool) {
	for from := 0; ; {
		at := strings.Index(text[from:], name)
		if at < 0 {
			return "", false
		}
		at += from
		from = at + len(name)
		if at == 0 || text[at-1] != '"' || at > 1 && text[at-2] == '\\' || from >= len(text) || text[from] != '"' {
			continue
		}
		after := strings.TrimLeft(text[from+1:], " \n\t")
		if value, isMember := strings.CutPrefix(after, ":"); isMember {
			return strings.TrimLeft(value, " \n\t"), true
		}
	}
}
