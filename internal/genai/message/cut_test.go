package message

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
)

func TestCutTextIsWholeCharacters(t *testing.T) {
	s := strings.Repeat("grüße 😀 ", 50)
	for limit := len(Marker); limit < len(s); limit++ {
		got := CutText(s, limit)
		require.LessOrEqual(t, len(got), limit)
		require.True(t, utf8.ValidString(got))
		require.True(t, strings.HasSuffix(got, Marker))
		require.Equal(t, got, CutText(got, limit))
	}
	assert.Equal(t, "short", CutText("short", 100))
}

func conversation(turns int, words string) string {
	var b strings.Builder
	b.WriteString(`[{"role":"system","parts":[{"type":"text","content":"Be brief."}]}`)
	for range turns {
		b.WriteString(`,{"role":"user","parts":[{"type":"text","content":"` + words + `"}]},{"role":"assistant","parts":[{"type":"text","content":"` + words + `"}]}`)
	}
	b.WriteString(`,{"role":"user","parts":[{"type":"text","content":"And now?"}]}]`)
	return b.String()
}

// The oldest go first; instructions and the last message never do.
func TestCutRemovesTheOldestMessages(t *testing.T) {
	var conv Converter
	whole := conversation(50, "some words")
	got := conv.Cut(whole, 1000)
	assert.LessOrEqual(t, len(got), 1000)
	messages := messagesOf(t, got)
	assert.Equal(t, "system", messages[0]["role"])
	assert.Contains(t, got, "And now?")
	assert.Contains(t, got, `{"type":"generic","generic_type":"truncated","removed_messages":`)
	removed := messages[1]["parts"].([]any)[0].(map[string]any)["removed_messages"].(float64)
	assert.Equal(t, 102-len(messages), int(removed), "the marker says how many")
	assert.NotContains(t, got, Marker, "no text needed to be cut")
	assert.Equal(t, got, conv.Convert(Input, pcommon.NewValueStr(got)).Messages, "it is canonical still")
	assert.Equal(t, got, conv.Cut(got, 1000))
}

// When what must stay is too long, its longest texts are cut and no others.
func TestCutShortensTheLongestText(t *testing.T) {
	var conv Converter
	long := strings.Repeat(`line \"one\"\n \ud83d\ude00 ü `, 200)
	whole := `[{"role":"system","parts":[{"type":"text","content":"Be brief."}]},{"role":"user","parts":[{"type":"text","content":"` + long + `"},{"type":"text","content":"short"}]}]`
	for limit := MinCut; limit < 1500; limit += 7 {
		got := conv.Cut(whole, limit)
		require.LessOrEqual(t, len(got), limit)
		require.True(t, json.Valid([]byte(got)), got)
		require.Contains(t, got, "Be brief.")
		require.Contains(t, got, `"short"`)
		require.Contains(t, got, Marker)
		var decoded []map[string]any
		require.NoError(t, json.Unmarshal([]byte(got), &decoded))
		require.NotContains(t, decoded[1]["parts"].([]any)[0].(map[string]any)["content"], "\ufffd")
	}
}

func TestCutOtherShapes(t *testing.T) {
	var conv Converter
	words := strings.Repeat("words ", 500)
	for name, in := range map[string]string{
		"request":   `{"model":"m","messages":[{"role":"user","content":"` + words + `"}]}`,
		"arguments": `{"text":"` + words + `","n":1}`,
		"tools":     `[` + strings.Repeat(`{"type":"function","name":"f","parameters":{"type":"object"}},`, 200) + `{"type":"function","name":"g"}]`,
		"text":      words,
		"broken":    `{"a":` + words,
		"control":   `{"a":"` + strings.Repeat("\t", 3000) + `"}`,
		"tiny":      `{` + strings.Repeat(`"a":1,`, 1000) + `"b":2}`,
		"messages":  `[` + strings.Repeat(`{"role":"system","parts":[]},`, 300) + `{"role":"user","parts":[]}]`,
		"role":      `[{"role":"` + words + `","parts":[` + strings.Repeat(`1,`, 500) + `1]}]`,
	} {
		for _, limit := range []int{MinCut, 500, 1000} {
			got := conv.Cut(in, limit)
			assert.LessOrEqual(t, len(got), limit, name)
			assert.True(t, utf8.ValidString(got), name)
			if name != "text" && name != "broken" && name != "tiny" {
				assert.True(t, json.Valid([]byte(got)), "%s: %s", name, got)
			}
			assert.Equal(t, got, conv.Cut(got, limit), name)
		}
	}
}

func TestLevelFor(t *testing.T) {
	assert.Equal(t, -1, LevelFor([]int{10, 20}, 30))
	assert.Equal(t, 50, LevelFor([]int{100, 10, 100}, 110), "only the long ones are cut")
	assert.Equal(t, len(Marker), LevelFor([]int{100, 100}, 2))
}
