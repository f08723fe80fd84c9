package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFinishReasons(t *testing.T) {
	for _, tt := range []struct {
		raw     any
		unified []string
		kept    string
	}{
		{[]any{"stop"}, []string{"stop"}, "stop"},
		{[]any{"end_turn"}, []string{"stop"}, "end_turn"},
		{[]any{"STOP", "MAX_TOKENS"}, []string{"stop", "length"}, "STOP,MAX_TOKENS"},
		{[]any{"stop", "stop"}, []string{"stop", "stop"}, "stop"},
		{"tool-calls", []string{"tool_calls"}, "tool-calls"},
		{`["stop"]`, []string{"stop"}, "stop"},
		{`["tool_use", "refusal"]`, []string{"tool_calls", "content_filter"}, "tool_use,refusal"},
		{`"stop"`, []string{"stop"}, "stop"},
		{"stop, tool_calls", []string{"stop", "tool_calls"}, "stop,tool_calls"},
		{[]any{"max_tokens", "prohibited_content"}, []string{"length", "content_filter"}, "max_tokens,prohibited_content"},
		{[]any{"FinishReason.STOP"}, []string{"stop"}, "FinishReason.STOP"},
		{[]any{"pause_turn"}, []string{"pause_turn"}, "pause_turn"},
		{[]any{""}, nil, ""},
		{"", nil, ""},
		{[]any{7}, nil, ""},
	} {
		c := readUnder(t, "x", chat(attrs{"gen_ai.response.finish_reasons": tt.raw}))
		assert.Equal(t, tt.unified, c.FinishReasons, "%v", tt.raw)
		assert.Equal(t, tt.kept, c.FinishReasonRaw, "%v", tt.raw)
	}
	span := spanWith(t, chat(nil))
	eventAt("gen_ai.choice", ms, attrs{"finish_reason": "tool_use"})(span)
	assert.Equal(t, []string{"tool_calls"}, readSpan(t, "x", span).FinishReasons, "an event per choice")
	long := make([]any, 5000)
	for i := range long {
		long[i] = "stop"
	}
	assert.Len(t, readUnder(t, "x", chat(attrs{"gen_ai.response.finish_reasons": long})).FinishReasons, maxFinishReasons)
}
