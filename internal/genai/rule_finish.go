package genai

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// maxFinishReasons bounds what one span can make us keep: clients exist that add an entry per stream chunk.
const maxFinishReasons = 64

// applyFinishReasons unifies why the choices ended and keeps the provider's spelling beside it.
func applyFinishReasons(r *reading) {
	f, c := r.facts, r.call
	if f.has(fieldFinishReasons) {
		eachText(f.vals[fieldFinishReasons], c.addFinishReason)
	} else if len(c.FinishReasons) == 0 {
		choiceReasons(r.span, c.addFinishReason)
	}
	if raw := f.str(fieldFinishReasonRaw); raw != "" {
		c.FinishReasonRaw = raw
	}
}

// choiceReasons finds the reasons of clients that write one span event per choice.
func choiceReasons(span ptrace.Span, yield func(string)) {
	for i, events := 0, span.Events(); i < events.Len(); i++ {
		if e := events.At(i); e.Name() == "gen_ai.choice" {
			if v, ok := e.Attributes().Get("finish_reason"); ok {
				eachText(v, yield)
			}
		}
	}
}

func (c *Call) addFinishReason(raw string) {
	if raw = strings.TrimSpace(raw); raw == "" || len(c.FinishReasons) >= maxFinishReasons {
		return
	}
	c.FinishReasons = append(c.FinishReasons, unifyFinishReason(raw))
	switch {
	case c.FinishReasonRaw == "":
		c.FinishReasonRaw = raw
	case !containsItem(c.FinishReasonRaw, raw):
		c.FinishReasonRaw += "," + raw
	}
}

// unifyFinishReason knows the spellings of providers and clients; Gemini's come in capitals from the API and in small letters from
// Google's own agent kit.
func unifyFinishReason(raw string) string {
	if unified := finishReason(raw); unified != "" {
		return unified
	}
	upper := strings.TrimPrefix(strings.ToUpper(raw), "FINISHREASON.") // the name of a Python enumeration
	if unified := finishReason(upper); unified != "" {
		return unified
	}
	return raw
}

func finishReason(raw string) string {
	switch raw {
	case "stop", "end_turn", "endTurn", "completed", "complete", "COMPLETE", "STOP", "stop_sequence", "stop_sequences", "eos", "eos_token", "end":
		return "stop"
	case "tool_calls", "tool_call", "tool-calls", "tool_use", "toolUse", "TOOL_CALL", "function_call":
		return "tool_calls"
	case "length", "max_tokens", "MAX_TOKENS", "max_output_tokens", "model_length", "maxTokens", "model_context_window_exceeded":
		return "length"
	case "content_filter", "content-filter", "SAFETY", "refusal", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "content_filtered",
		"guardrail_intervened", "IMAGE_SAFETY", "ERROR_TOXIC":
		return "content_filter"
	case "error", "ERROR", "failed":
		return "error"
	default:
		return ""
	}
}

// eachText calls yield with the texts of a list, of a lone text, or of a list that a client wrote as JSON text.
func eachText(v pcommon.Value, yield func(string)) {
	switch v.Type() {
	case pcommon.ValueTypeSlice:
		for i, s := 0, v.Slice(); i < s.Len(); i++ {
			if e := s.At(i); e.Type() == pcommon.ValueTypeStr {
				yield(e.Str())
			}
		}
	case pcommon.ValueTypeStr:
		s := v.Str()
		inner, isList := strings.CutPrefix(s, "[")
		if !isList {
			for part := range strings.SplitSeq(s, ",") {
				yield(strings.Trim(strings.TrimSpace(part), `"`))
			}
			return
		}
		// A list of plain words needs no JSON parser.
		for part := range strings.SplitSeq(strings.TrimSuffix(inner, "]"), ",") {
			if part = strings.Trim(strings.TrimSpace(part), `"'`); part != "null" {
				yield(part)
			}
		}
	}
}

func containsItem(list, item string) bool {
	for part := range strings.SplitSeq(list, ",") {
		if part == item {
			return true
		}
	}
	return false
}
