package genai

import (
	"strings"
)

// The peeks below take single members out of JSON text without parsing it: texts may be long, cut off by an attribute limit, and only
// a number or two in them is wanted. A member is found at whatever depth it first stands; a value inside a string cannot be mistaken
// for one, because quotes inside strings are escaped.

// maxPeek bounds how much of a text is searched. Of a longer one the beginning and the end are, where clients put what is wanted.
const maxPeek = 512 << 10

// maxMembers bounds the members of one object that are looked at.
const maxMembers = 256

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

// jsonScalarMember is the number or the text of the first member of that name, as written. It is empty when the value is cut off, null,
// an object or a list.
func jsonScalarMember(text, name string) string {
	rest, ok := jsonMember(text, name)
	if !ok {
		return ""
	}
	return jsonScalar(rest)
}

func jsonScalar(rest string) string {
	if quoted, isText := strings.CutPrefix(rest, `"`); isText {
		end := strings.IndexAny(quoted, `"\`)
		if end < 0 || quoted[end] == '\\' {
			return ""
		}
		return quoted[:end]
	}
	// A number that ends with the text may be cut off.
	end := strings.IndexAny(rest, ",}] \r\n\t")
	if end <= 0 || rest[0] != '-' && (rest[0] < '0' || rest[0] > '9') {
		return ""
	}
	return rest[:end]
}

// jsonCountMember reads a token count, in whatever spelling the client wrote it. Unknown with no flag means that there is none.
func jsonCountMember(text, name string) (Count, Flags) {
	if s := jsonScalarMember(text, name); s != "" {
		return countText(s, 0)
	}
	return Count{}, 0
}

// jsonContainer is the object or list under the first member of that name, as far as it goes when the text is cut off.
func jsonContainer(text, name string) string {
	rest, ok := jsonMember(text, name)
	if !ok || rest == "" || rest[0] != '{' && rest[0] != '[' {
		return ""
	}
	return rest[:jsonEnd(rest)]
}

// jsonMembers calls yield with the members of an object itself, not of those inside it, until yield is content.
func jsonMembers(object string, yield func(name, value string) bool) {
	rest, ok := strings.CutPrefix(strings.TrimLeft(object, jsonSpace), "{")
	for range maxMembers {
		rest = strings.TrimLeft(rest, jsonSpace+",")
		if !ok || !strings.HasPrefix(rest, `"`) {
			return
		}
		end := jsonEnd(rest)
		if end < 2 || end >= len(rest) {
			return
		}
		name := rest[1 : end-1]
		rest = strings.TrimLeft(rest[end:], jsonSpace)
		if rest, ok = strings.CutPrefix(rest, ":"); !ok {
			return
		}
		rest = strings.TrimLeft(rest, jsonSpace)
		end = jsonEnd(rest)
		if !yield(name, rest) {
			return
		}
		rest = rest[end:]
	}
}

const jsonSpace = " \r\n\t"

// jsonEnd is where the value at the beginning of the text ends, or the length of a text that is cut off.
func jsonEnd(text string) int {
	if text == "" {
		return 0
	}
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i += stringEnd(text[i+1:])
			if depth == 0 {
				return min(i+1, len(text))
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth <= 1 {
				return i + min(depth, 1)
			}
			depth--
		case ',':
			if depth == 0 {
				return i
			}
		}
	}
	return len(text)
}

// stringEnd is the distance from a string's opening quote to its closing one, or past the end of a text that is cut off.
func stringEnd(rest string) int {
	for from := 0; ; {
		at := strings.IndexByte(rest[from:], '"')
		if at < 0 {
			return len(rest) + 1
		}
		at += from
		escapes := 0
		for escapes < at && rest[at-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return at + 1
		}
		from = at + 1
	}
}

// jsonElements calls yield with the elements of a list.
func jsonElements(list string, yield func(element string)) {
	rest, ok := strings.CutPrefix(strings.TrimLeft(list, jsonSpace), "[")
	for range maxMembers {
		rest = strings.TrimLeft(rest, jsonSpace+",")
		end := jsonEnd(rest)
		if !ok || end == 0 {
			return
		}
		yield(rest[:end])
		rest = rest[end:]
	}
}

// jsonText takes off the quotes of JSON that a client wrote into a JSON string once more.
func jsonText(text string) string {
	text = strings.TrimSpace(text)
	inner, quoted := strings.CutPrefix(text, `"`)
	if !quoted {
		return text
	}
	inner = strings.TrimSuffix(inner[:min(len(inner), maxPeek)], `"`)
	if strings.IndexByte(inner, '\\') < 0 {
		return inner
	}
	var b strings.Builder
	b.Grow(len(inner))
	for i := 0; i < len(inner); i++ {
		if inner[i] == '\\' && i+1 < len(inner) {
			switch i++; inner[i] {
			case 'n', 'r', 't':
				b.WriteByte(' ') // between members, where it means nothing; inside strings nobody looks
				continue
			case 'u':
				b.WriteByte('\\')
			}
		}
		b.WriteByte(inner[i])
	}
	return b.String()
}

func jsonMember(text, name string) (rest string, ok bool) {
	if name == "" {
		return "", false
	}
	if len(text) <= maxPeek {
		return findMember(text, name)
	}
	if rest, ok = findMember(text[:maxPeek/2], name); ok {
		return rest, true
	}
	return findMember(text[len(text)-maxPeek/2:], name)
}

func findMember(text, name string) (rest string, ok bool) {
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
		after := strings.TrimLeft(text[from+1:], jsonSpace)
		if value, isMember := strings.CutPrefix(after, ":"); isMember {
			return strings.TrimLeft(value, jsonSpace), true
		}
	}
}
