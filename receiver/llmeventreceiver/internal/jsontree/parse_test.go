package jsontree

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func parse(t *testing.T, text string) Value {
	t.Helper()
	v, err := Parse([]byte(text), DefaultLimits)
	require.NoError(t, err, text)
	return v
}

func TestValues(t *testing.T) {
	v := parse(t, "\xef\xbb\xbf {\"a\": [1, 2.5, \"x\\n\\u00e9\\ud83d\\ude00\"], \"b\": {\"c\": null, \"c\": true}, \"n\": -12, \"e\": {}, \"l\": [] }\n")
	require.Equal(t, Object, v.Kind())
	require.Equal(t, 5, v.Len())
	require.Equal(t, 3, v.Get("a").Len())
	require.True(t, v.Get("b").Get("c").Bool(), "of two the last counts")
	n, ok := v.Get("n").Int()
	require.True(t, ok)
	require.EqualValues(t, -12, n)
	require.Zero(t, v.Get("e").Len())
	require.Zero(t, v.Get("l").Len())
	require.Equal(t, Missing, v.Get("nothing").Kind())
	require.True(t, v.Get("nothing").IsNothing())
	require.Equal(t, `[1, 2.5, "x\n\u00e9\ud83d\ude00"]`, string(v.Get("a").Raw()))
	require.Equal(t, `[1,2.5,"x\n\u00e9\ud83d\ude00"]`, v.Get("a").Compact())
	for i, e := range v.Get("a").Elements() {
		if i == 2 {
			require.Equal(t, "x\né😀", e.Text())
		}
	}
	f, ok := parse(t, "1e3").Float()
	require.True(t, ok)
	require.InDelta(t, 1000, f, 0)
	_, ok = parse(t, "1e999").Float()
	require.False(t, ok)
	_, ok = parse(t, "1.0").Int()
	require.False(t, ok)
	_, ok = parse(t, "9223372036854775808").Int()
	require.False(t, ok)
	require.Equal(t, "null", Value{}.Compact())
	require.Zero(t, Value{}.Size())
	require.Nil(t, Value{}.Raw())
}

func TestTextIsAlwaysValid(t *testing.T) {
	for source, want := range map[string]string{
		"\"a\xffb\"":         "a\uFFFDb",
		"\"\\n\xff\"":        "\n\uFFFD",
		`"\ud800"`:           "\uFFFD",
		`"\ud800\u0041"`:     "\uFFFDA",
		`"\udc00x"`:          "\uFFFDx",
		`"\b\f\r\t\/\"\\"`:   "\b\f\r\t/\"\\",
		"\"\u00e9 \u4e16 \"": "é 世 ",
		`""`:                 "",
	} {
		v := parse(t, source)
		require.Equal(t, want, v.Text(), source)
		require.True(t, utf8.ValidString(v.Compact()))
	}
}

func TestNumbersJSONDoesNotHave(t *testing.T) {
	v := parse(t, `[NaN, Infinity, -Infinity, 1]`)
	require.Equal(t, `[null,null,null,1]`, v.Compact())
	for i, e := range v.Elements() {
		require.Equal(t, Number, e.Kind())
		_, ok := e.Float()
		require.Equal(t, i == 3, ok)
		_, ok = e.Int()
		require.Equal(t, i == 3, ok)
	}
}

func TestErrorsSayWhere(t *testing.T) {
	for source, want := range map[string]string{
		"":                 "line 1, column 1: there is no JSON here",
		"  ":               "there is no JSON here",
		"{\n  \"a\": x\n}": "line 2, column 8: expected a value, found 'x'",
		`{"a":1`:           "expected ',' or '}'",
		`{"a":`:            "ends too early",
		`{"a" 1}`:          "expected ':'",
		`{a:1}`:            "expected a field name",
		`{"a":1,}`:         "expected a field name",
		`[1,]`:             "expected a value",
		`[1 2]`:            "expected ',' or ']'",
		`[`:                "ends too early",
		`"abc`:             "without a closing quote",
		"\"a\nb\"":         `write it as \u000a`,
		`"\x"`:             "a backslash in text",
		`"\u12"`:           "a backslash in text",
		`"\`:               "a backslash in text",
		`01`:               "must not start with 0",
		`1.`:               "digits behind its point",
		`1e`:               "digits in its exponent",
		`-`:                "not a number",
		`1 2`:              "more text behind the end",
		`tru`:              "expected a value",
	} {
		_, err := Parse([]byte(source), DefaultLimits)
		require.ErrorContains(t, err, want, source)
	}
}

func TestLimits(t *testing.T) {
	_, err := Parse([]byte(strings.Repeat("[", 1_000_000)), DefaultLimits)
	require.ErrorContains(t, err, "nested deeper than 128 levels")
	_, err = Parse([]byte(strings.Repeat(`{"a":`, 1_000_000)), DefaultLimits)
	require.ErrorContains(t, err, "nested deeper than 128 levels")
	_, err = Parse([]byte("["+strings.Repeat("1,", 100)+"1]"), Limits{Depth: 4, Values: 100})
	require.ErrorContains(t, err, "more than 100 values")
	_, err = Parse([]byte(strings.Repeat("[", 4)+strings.Repeat("]", 4)), Limits{Depth: 4, Values: 100})
	require.NoError(t, err)
}

func TestWhatIsTooDeepCostsOnlyItself(t *testing.T) {
	limits := Limits{Depth: 4, Values: 100, SkipDeep: true}
	deep := strings.Repeat(`[{"]}\"":`, 50_000) + "1" + strings.Repeat("}]", 50_000)
	v, err := Parse([]byte(`[{"a":1},{"b":{"c":`+deep+`}},{"d":[{}]},`+deep+`]`), limits)
	require.NoError(t, err)
	var got []bool
	for _, e := range v.Elements() {
		got = append(got, e.TooDeep())
	}
	require.Equal(t, []bool{false, true, false, true}, got)
	require.True(t, v.TooDeep())
	require.Equal(t, `[{"a":1},{"b":{"c":["(nested too deep)"]}},{"d":[{}]},[{"]}\"":["(nested too deep)"]}]]`, v.Compact())
	require.False(t, v.Get("x").TooDeep())

	_, err = Parse([]byte(strings.Repeat("[", 1000)), limits)
	require.ErrorContains(t, err, "ends too early")
	_, err = Parse([]byte(`[[[[["\`), limits)
	require.ErrorContains(t, err, "ends too early")
}

// FuzzParse compares with the standard library: what it accepts we accept with the same meaning, and the reverse
// but for NaN and infinities.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5e3,"x\u00e9"],"b":{"c":null}}`, `[]`, `"\ud83d\ude00"`, `-0`, `NaN`, "\"\xff\"", `{"a":1,"a":2}`, ` [ true , false ] `} {
		f.Add([]byte(s))
	}
	f.Add([]byte(strings.Repeat("[", 60) + `"\"]"` + strings.Repeat("]", 60)))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Parse(data, Limits{Depth: 50, Values: 10_000})
		lenient, lenientErr := Parse(data, Limits{Depth: 50, Values: 10_000, SkipDeep: true})
		if err == nil && (lenientErr != nil || lenient.TooDeep() || lenient.Compact() != v.Compact()) {
			t.Fatalf("%q is read differently where depth is tolerated: %v", data, lenientErr)
		}
		if err != nil && lenientErr == nil && !lenient.TooDeep() {
			t.Fatalf("%q: %v was overlooked", data, err)
		}
		if err != nil {
			var syntax *SyntaxError
			require.ErrorAs(t, err, &syntax)
			if json.Valid(data) && !strings.Contains(err.Error(), "more than") && !strings.Contains(err.Error(), "deeper") {
				t.Fatalf("refused valid JSON %q: %v", data, err)
			}
			return
		}
		compact := v.Compact()
		if !json.Valid([]byte(compact)) || !utf8.ValidString(compact) {
			t.Fatalf("%q became invalid JSON %q", data, compact)
		}
		if !json.Valid(data) {
			if !strings.Contains(string(data), "NaN") && !strings.Contains(string(data), "Infinity") && !strings.HasPrefix(string(data), "\xef\xbb\xbf") {
				t.Fatalf("accepted invalid JSON %q", data)
			}
			return
		}
		var want, got any
		if json.Unmarshal(data, &want) != nil {
			return // a number beyond a double
		}
		require.NoError(t, json.Unmarshal([]byte(compact), &got))
		require.Equal(t, want, got)
		require.Equal(t, want, goValue(v))
	})
}

func goValue(v Value) any {
	switch v.Kind() {
	case Bool:
		return v.Bool()
	case Number:
		f, _ := v.Float()
		return f
	case String:
		return v.Text()
	case Array:
		out := []any{}
		for _, e := range v.Elements() {
			out = append(out, goValue(e))
		}
		return out
	case Object:
		out := map[string]any{}
		for k, e := range v.Members() {
			out[k] = goValue(e)
		}
		return out
	}
	return nil
}
