package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

func TestUsageSource(t *testing.T) {
	dropped := func(s ptrace.Span) { s.SetDroppedAttributesCount(30) }
	failed := func(s ptrace.Span) { s.Status().SetCode(ptrace.StatusCodeError) }
	for _, tt := range []struct {
		name           string
		attrs          attrs
		change         func(ptrace.Span)
		source, reason string
	}{
		{"both", chat(attrs{"gen_ai.usage.input_tokens": 1, "gen_ai.usage.output_tokens": 0}), nil, "reported", ""},
		{"an embedding has no output", attrs{"gen_ai.operation.name": "embeddings", "gen_ai.usage.input_tokens": 1}, nil, "reported", ""},
		{"one of two", chat(attrs{"gen_ai.usage.input_tokens": 1}), nil, "reported_partial", "not_sent"},
		{"none", chat(attrs{"gen_ai.response.id": "r"}), nil, "missing", "not_sent"},
		{"attribute limit", chat(nil), dropped, "missing", "attributes_dropped"},
		{"failed", chat(nil), failed, "missing", "error"},
		{"stream without an end", chat(attrs{"gen_ai.request.stream": true}), nil, "missing", "stream_aborted"},
		{"stream with an end", chat(attrs{"gen_ai.request.stream": true, "gen_ai.response.finish_reasons": []any{"stop"}}), nil, "missing", "not_sent"},
		{"no usage is due on a tool", attrs{"gen_ai.operation.name": "execute_tool"}, nil, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			span := spanWith(t, tt.attrs)
			if tt.change != nil {
				tt.change(span)
			}
			c := readSpan(t, "x", span)
			assert.Equal(t, tt.source, c.Usage.Source)
			assert.Equal(t, tt.reason, c.Usage.MissingReason)
		})
	}
}
