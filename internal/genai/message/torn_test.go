package message

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
)

func messagesOf(t testing.TB, s string) []map[string]any {
	t.Helper()
	if s == "" {
		return nil
	}
	var out []map[string]any
	require.NoError(t, json.Unmarshal([]byte(s), &out), s)
	return out
}

// An attribute limit may cut anywhere. What was whole before the cut stays, and the cut shows.
func TestTornAtEveryByte(t *testing.T) {
	var conv Converter
	for file, cases := range allShapes(t) {
		for _, c := range cases {
			if strings.Contains(file, "torn") {
				continue
			}
			whole := messagesOf(t, conv.Convert(c.side(), pcommon.NewValueStr(c.in)).Messages)
			for n := range c.in {
				got := conv.Convert(c.side(), pcommon.NewValueStr(c.in[:n]))
				for _, text := range []string{got.Messages, got.System, got.Tools} {
					require.True(t, text == "" || json.Valid([]byte(text)), "%s: %s cut at %d: %s", file, c.title, n, text)
				}
				messages := messagesOf(t, got.Messages)
				for i := 0; i < len(messages)-1 && i < len(whole); i++ {
					if strings.HasPrefix(c.in, `[{"role"`) {
						require.Equal(t, whole[i], messages[i], "%s: %s cut at %d", file, c.title, n)
					}
				}
				if n > 0 && looksLikeJSON(c.in) && strings.HasPrefix(c.in, `[{"role"`) && strings.Contains(got.Messages, `"parts"`) && len(messages) > 1 {
					require.Contains(t, got.Messages, Marker, "%s: %s cut at %d", file, c.title, n)
				}
			}
		}
	}
}

func TestTornCharactersAreNotSplit(t *testing.T) {
	var conv Converter
	in := `[{"role":"user","content":"grüße €uro 😀`
	for n := range len(in) + 1 {
		got := conv.Convert(Input, pcommon.NewValueStr(in[:n])).Messages
		assert.NotContains(t, got, "\ufffd", "cut at %d", n)
	}
}

// Bounds: no depth and no size is too much, and what is beyond them is kept as text.
func TestBounds(t *testing.T) {
	var conv Converter
	deep := strings.Repeat(`[`, 100_000)
	assert.Contains(t, conv.Convert(Input, pcommon.NewValueStr(deep)).Messages, `"content":"[[[`)
	deep = strings.Repeat(`{"message":`, 50) + `{"role":"user","content":"Hi"}` + strings.Repeat(`}`, 50)
	assert.Contains(t, conv.Convert(Input, pcommon.NewValueStr(deep)).Messages, "Hi")
	many := `[` + strings.Repeat(`1,`, maxNodes) + `1]`
	assert.NotEmpty(t, conv.Convert(Input, pcommon.NewValueStr(many)).Messages)

	v := pcommon.NewValueEmpty()
	inner := v
	for range 1000 {
		inner = inner.SetEmptySlice().AppendEmpty()
	}
	inner.SetStr("Hi")
	assert.NotEmpty(t, conv.Convert(Input, v).Messages)
}

func TestNothingIsInvented(t *testing.T) {
	var conv Converter
	for _, in := range []string{"", "[]", "{}", "null", `[[]]`, `{"messages":[]}`, `{"model":"m","messages":null}`} {
		assert.Empty(t, conv.Convert(Input, pcommon.NewValueStr(in)).Messages, in)
	}
	assert.Empty(t, conv.Convert(Input, pcommon.NewValueEmpty()).Messages)
	assert.Empty(t, conv.System(pcommon.NewValueEmpty()))
	assert.Empty(t, conv.Tools(pcommon.NewValueStr("[]")))
}
