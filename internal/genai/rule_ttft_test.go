package genai

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
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
