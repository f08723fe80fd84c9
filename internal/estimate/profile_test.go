package estimate

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMeasure(t *testing.T) {
	for text, want := range map[string]Profile{
		"":                   {},
		"two words":          {Words: 2},
		"camelCaseName":      {Words: 3},
		"HTTP":               {Words: 1},
		"responsibility":     {Words: 1, Long: 8},
		"1 22 4444":          {Digits: 7, Numbers: 4},
		`{"a": 1}`:           {Words: 1, Digits: 1, Numbers: 1, Marks: 5, Clauses: 3},
		"a\n\n  b c":         {Words: 3, Breaks: 1},
		"für":                {Letters: 3},
		"Счёт":               {Letters: 4},
		"你好":                 {Han: 2},
		"ひらカタ":               {Kana: 4},
		"한국":                 {Hangul: 2},
		"नमस्ते":             {Other: 6},
		"🎉":                  {Symbols: 4},
		"“so” — he said…":    {Words: 3, Marks: 4, Clauses: 4},
		"\xff\xfe":           {Symbols: 2},
		"a1b2":               {Words: 2, Digits: 2, Numbers: 2},
		"x" + "\u00a0" + "y": {Words: 2, Symbols: 2},
	} {
		want.Bytes = int64(len(text))
		assert.Equal(t, want, Measure(text), "%q", text)
	}
}

func TestProfilesAddUp(t *testing.T) {
	one, two := Measure("One sentence, 12 words. "), Measure("你好 — für ひ 한 नम 🎉\n\n1234")
	sum := one
	sum.Add(&two)
	assert.Equal(t, Measure("One sentence, 12 words. "+"你好 — für ひ 한 नम 🎉\n\n1234"), sum)
}

func BenchmarkMeasure(b *testing.B) {
	for name, unit := range map[string]string{"english": "The invoice was paid on the third of May. ", "json": `{"id":"c1","items":[1,2,3]},`, "chinese": "您询问的那张发票已于五月三日付清。"} {
		text := strings.Repeat(unit, 65_536/len(unit))
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Measure(text)
			}
		})
	}
}
