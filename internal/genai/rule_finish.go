package genai

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// maxFinishReasons bounds what one span can make us keep: clients exist that add an entry per stream chunk.
const maxFinishReasons = 64

// applyFinishReasons unifies why the choices ended and keeps the provider's spelling beside it.
func applyFinishReasons(r *reading) {
	f, c := r.facts, r.call
	if !f.has(fieldFinishReasons) {
		return
	}
	eachText(f.vals[fieldFinishReasons], func(raw string) {
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
	})
	if raw := f.str(fieldFinishReasonRaw); raw != "" {
		c.FinishReasonRaw = raw
	}
}

func unifyFinishReason(raw string) string {
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
		return raw
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
			yield(strings.Trim(s, `"`))
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
