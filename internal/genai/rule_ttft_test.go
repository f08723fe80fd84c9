package genai

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.opentelemetry.io/collector/pdata/pcommon"
)

func TestTTFT(t *testing.T) {
	for _, tt := range []struct {
		name  string
		scope string
		attrs attrs
		want  float64
		known bool
	}{
		{"seconds", "x", chat(attrs{"gen_ai.response.time_to_first_chunk": 0.192}), 0.192, true},
		{"AI SDK 7", "gen_ai", chat(attrs{"gen_ai.client.operation.time_to_first_chunk": 0.84}), 0.84, true},
		{"milliseconds", "ai", attrs{"ai.operationId": "ai.streamText.doStream", "ai.response.msToFirstChunk": 306.5}, 0.3065, true},
		{"negative", "x", chat(attrs{"gen_ai.response.time_to_first_chunk": -0.1}), 0, false},
		{"longer than the span", "x", chat(attrs{"gen_ai.response.time_to_first_chunk": 320.0}), 0, false},
		{"NaN", "x", chat(attrs{"gen_ai.response.time_to_first_chunk": math.NaN()}), 0, false},
		{"text", "x", chat(attrs{"gen_ai.response.time_to_first_chunk": "soon"}), 0, false},
		{"a clock that starts late", "@openlit/instrumentation-openai@1.0.0", chat(attrs{"gen_ai.server.time_to_first_token": 0.003}), 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := readUnder(t, tt.scope, tt.attrs)
			assert.Equal(t, tt.known, c.TTFTKnown)
			assert.InDelta(t, tt.want, c.TTFT, 1e-9)
			out := rewrite(t, tt.scope, tt.attrs, false)
			if tt.known {
				assert.InDelta(t, tt.want, out["gen_ai.response.time_to_first_chunk"], 1e-9)
			} else {
				assert.NotContains(t, out, "gen_ai.response.time_to_first_chunk")
			}
		})
	}
}

// A span that ends when it begins is one whose end nobody told: it says nothing against a time to the first chunk.
func TestTTFTOfASpanWithoutEnd(t *testing.T) {
	span := spanWith(t, chat(attrs{"gen_ai.response.time_to_first_chunk": 0.12}))
	span.SetEndTimestamp(span.StartTimestamp())
	c := readSpan(t, "x", span)
	assert.True(t, c.TTFTKnown)
	assert.InDelta(t, 0.12, c.TTFT, 1e-9)
}

func TestFirstChunkByTheClock(t *testing.T) {
	for _, tt := range []struct {
		name   string
		attrs  attrs
		event  string
		after  int64
		want   float64
		known  bool
		stream bool
	}{
		{name: "an event of every chunk", attrs: chat(nil), event: "gen_ai.content.completion.chunk", after: 80 * ms, want: 0.08, known: true, stream: true},
		{name: "an event before the span", attrs: chat(nil), event: "new_token", after: -ms, stream: true},
		{name: "an event after the span", attrs: chat(nil), event: "new_token", after: 3000 * ms, stream: true},
		{name: "any other event", attrs: chat(nil), event: "exception", after: 80 * ms},
		{
			name: "an impossible attribute beside a possible event", attrs: chat(attrs{"gen_ai.response.time_to_first_chunk": 900.0}),
			event: "ai.stream.firstChunk", after: 80 * ms, want: 0.08, known: true, stream: true,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			span := spanWith(t, tt.attrs)
			eventAt(tt.event, tt.after, nil)(span)
			c := readSpan(t, "x", span)
			assert.Equal(t, tt.known, c.TTFTKnown)
			assert.InDelta(t, tt.want, c.TTFT, 1e-9)
			assert.Equal(t, tt.stream, c.Stream)
		})
	}
	for text, known := range map[string]bool{
		`"2026-11-23T02:13:20.056Z"`: true, "2026-11-23T02:13:20.056": true, "2026-11-23 02:13:20.056+00:00": true, "2026-11-23 02:13:20.056": true,
		"2026-11-23T03:13:20.056+01:00": true, "yesterday": false, "": false, "1970-01-01T00:00:00Z": false,
	} {
		at, ok := timeOfDay(strValue(text))
		assert.Equal(t, known, ok, text)
		if known {
			assert.EqualValues(t, 1_795_400_000_056_000_000, at, text)
		}
	}
	at, ok := timeOfDay(pcommon.NewValueInt(1_795_400_000_056_000_000))
	assert.True(t, ok)
	assert.EqualValues(t, 1_795_400_000_056_000_000, at)
}
