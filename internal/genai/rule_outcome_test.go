package genai

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

func TestOutcome(t *testing.T) {
	exception := func(s ptrace.Span) {
		e := s.Events().AppendEmpty()
		e.SetName("exception")
		e.Attributes().PutStr("exception.type", "AI_APICallError")
	}
	for _, tt := range []struct {
		name    string
		attrs   attrs
		change  func(ptrace.Span)
		outcome string
		class   string
	}{
		{"answered", chat(attrs{"gen_ai.usage.input_tokens": 1}), nil, "ok", ""},
		{"neither error nor answer", chat(nil), nil, "unknown", ""},
		{"status error", chat(nil), func(s ptrace.Span) {
			s.Status().SetCode(ptrace.StatusCodeError)
			s.Status().SetMessage("429 at /home/app/x.js:1")
		}, "error", "_OTHER"},
		{"error attribute, status unset", chat(attrs{"error.type": "RateLimitError"}), nil, "error", "RateLimitError"},
		{"exception under status OK", chat(nil), func(s ptrace.Span) {
			s.Status().SetCode(ptrace.StatusCodeOk)
			exception(s)
		}, "error", "AI_APICallError"},
		{"exception beside an answer was handled", chat(attrs{"gen_ai.usage.input_tokens": 1}), exception, "ok", ""},
		{"error status of something around a complete answer", chat(attrs{
			"gen_ai.response.id": "r", "gen_ai.response.finish_reasons": []any{"stop"}, "gen_ai.usage.output_tokens": 1,
		}), func(s ptrace.Span) { s.Status().SetCode(ptrace.StatusCodeError) }, "ok", ""},
		{"exception under status error beside a complete answer", chat(attrs{
			"gen_ai.response.id": "r", "gen_ai.response.finish_reasons": []any{"stop"}, "gen_ai.usage.output_tokens": 1,
		}), func(s ptrace.Span) {
			s.Status().SetCode(ptrace.StatusCodeError)
			exception(s)
		}, "error", "AI_APICallError"},
		{"HTTP status", chat(attrs{"http.response.status_code": 529}), nil, "error", "529"},
		{"finish reason", chat(attrs{"gen_ai.response.finish_reasons": []any{"error"}}), nil, "error", "_OTHER"},
		{"a tool needs no answer", attrs{"gen_ai.operation.name": "execute_tool"}, nil, "ok", ""},
		{"a message as class is cut", chat(attrs{"error.type": strings.Repeat("é", 100)}), nil, "error", strings.Repeat("é", 64)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			span := spanWith(t, tt.attrs)
			if tt.change != nil {
				tt.change(span)
			}
			c := readSpan(t, "x", span)
			assert.Equal(t, tt.outcome, c.Outcome)
			assert.Equal(t, tt.class, c.ErrorType)
		})
	}
}
