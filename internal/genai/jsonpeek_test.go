package genai

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func countOf(text, name string) Count { n, _ := jsonCountMember(text, name); return n }

func TestJSONPeek(t *testing.T) {
	text := `{"a":{"name":"x\"n","n":12, "m" : 7},"cut":99`
	assert.Equal(t, known(12), countOf(text, "n"))
	assert.Equal(t, known(7), countOf(text, "m"))
	assert.Equal(t, Count{}, countOf(text, "cut"), "a number at the end of the text may be cut off")
	assert.Equal(t, Count{}, countOf(text, "absent"))
	assert.Equal(t, Count{}, countOf(`{"text":"\"n\":5,"}`, "n"), "a name inside a string is no member")
	assert.Empty(t, jsonStringMember(text, "name"), "escapes are left to a real parser")
	assert.Equal(t, "m-1", jsonStringMember(`{"model":"m-1"}`, "model"))
	assert.Empty(t, jsonStringMember(`{"model":"m-`, "model"))
}

func TestJSONCount(t *testing.T) {
	for text, want := range map[string]struct {
		n     Count
		flags Flags
	}{
		`{"n":1037}`:    {known(1037), 0},
		`{"n": 1037.0}`: {known(1037), 0},
		`{"n":"1037"}`:  {known(1037), 0},
		`{"n":-3}`:      {Count{}, FlagNegativeCount},
		`{"n":1.5}`:     {Count{}, FlagUnreadableCount},
		`{"n":"many"}`:  {Count{}, FlagUnreadableCount},
		`{"n":null}`:    {Count{}, 0},
		`{"n":{"m":1}}`: {Count{}, 0},
		`{"n":true}`:    {Count{}, 0},
		`{"n":`:         {Count{}, 0},
	} {
		n, flags := jsonCountMember(text, "n")
		assert.Equal(t, want.n, n, text)
		assert.Equal(t, want.flags, flags, text)
	}
}

func TestJSONContainer(t *testing.T) {
	assert.Equal(t, `{"b":"}","c":[1,{"d":2}]}`, jsonContainer(`{"a":{"b":"}","c":[1,{"d":2}]},"e":1}`, "a"))
	assert.Equal(t, `[1,2]`, jsonContainer(`{"a": [1,2]}`, "a"))
	assert.Equal(t, `{"b":1`, jsonContainer(`{"a":{"b":1`, "a"), "as far as it goes")
	assert.Empty(t, jsonContainer(`{"a":1}`, "a"))
}

func TestJSONMembers(t *testing.T) {
	var names []string
	jsonMembers(`{"a":{"x":1}, "b" : [1,{"y":2}],"c\"":"}","d":4}`, func(name, _ string) bool {
		names = append(names, name)
		return true
	})
	assert.Equal(t, []string{"a", "b", `c\"`, "d"}, names)
}

func TestJSONText(t *testing.T) {
	assert.Equal(t, `{"a":1}`, jsonText(` {"a":1} `))
	assert.Equal(t, `{"a": "x"}`, jsonText(`"{\"a\": \"x\"}"`))
	assert.Equal(t, "m-1", jsonText(`"m-1"`))
	assert.Equal(t, `{"a": 1`, jsonText(`"{\"a\": 1`), "cut off")
}

func TestLongTextsAreSearchedAtBothEnds(t *testing.T) {
	filler := strings.Repeat("x", 4*maxPeek)
	assert.Equal(t, known(5), countOf(`{"n":5,"text":"`+filler+`"}`, "n"))
	assert.Equal(t, known(5), countOf(`{"text":"`+filler+`","n":5}`, "n"))
	assert.Equal(t, Count{}, countOf(`{"text":"`+filler+`","n":5,"more":"`+filler+`"}`, "n"), "the middle of a text is not worth the time")
}

// Whatever is peeked out of valid JSON is what a parser finds there, and a text that is cut off says less, never something else.
func FuzzJSONPeek(f *testing.F) {
	for _, s := range fuzzJSON {
		f.Add(s, 3)
	}
	f.Fuzz(func(t *testing.T, text string, cut int) {
		for _, name := range []string{"n", "usage", "input", ""} {
			jsonContainer(text, name)
			jsonStringMember(text, name)
			jsonCountMember(text, name)
		}
		jsonText(text)
		var parsed map[string]json.RawMessage
		if !utf8.ValidString(text) || json.Unmarshal([]byte(text), &parsed) != nil {
			jsonMembers(text, func(string, string) bool { return true })
			return
		}
		whole := map[string]string{}
		jsonMembers(text, func(name, value string) bool {
			if strings.ContainsRune(name, '\\') || len(whole) == maxMembers-1 {
				return true
			}
			if _, twice := whole[name]; twice {
				return true
			}
			if s := jsonScalar(value); s != "" {
				whole[name] = s
			}
			return true
		})
		shortened := text[:max(0, len(text)-max(0, cut)%(len(text)+1))]
		jsonMembers(shortened, func(name, value string) bool {
			if s := jsonScalar(value); s != "" && !strings.ContainsRune(name, '\\') && strings.Count(text, `"`+name+`"`) == 1 {
				require.Equal(t, whole[name], s, "cut off: %s", shortened)
			}
			return true
		})
		for name, s := range whole {
			raw := strings.Trim(string(parsed[name]), `"`)
			if strings.Count(text, `"`+name+`"`) == 1 {
				require.Equal(t, raw, s)
			}
		}
	})
}
