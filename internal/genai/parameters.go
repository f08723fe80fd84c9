package genai

import (
	"math"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// parameterFields are the members of a request, as providers and clients spell them, that have a field of their own.
var parameterFields = map[string]field{
	"temperature": fieldTemperature,
	"max_tokens":  fieldMaxTokens, "max_completion_tokens": fieldMaxTokens, "max_output_tokens": fieldMaxTokens, "max_new_tokens": fieldMaxTokens,
	"maxTokens": fieldMaxTokens, "maxOutputTokens": fieldMaxTokens,
	"top_p": fieldTopP, "topP": fieldTopP,
	"top_k": fieldTopK, "topK": fieldTopK,
	"frequency_penalty": fieldFrequencyPenalty, "frequencyPenalty": fieldFrequencyPenalty,
	"presence_penalty": fieldPresencePenalty, "presencePenalty": fieldPresencePenalty,
	"seed": fieldSeed, "n": fieldChoiceCount,
	"reasoning_effort": fieldReasoningLevel, "reasoningEffort": fieldReasoningLevel,
	"service_tier": fieldRequestTier, "serviceTier": fieldRequestTier,
	"inference_geo": fieldRegion, "size": fieldImageSize, "quality": fieldImageQuality,
}

// requestParameters takes the parameters of a call out of the JSON object a client keeps them in, where no attribute of its own has
// them.
func (r *reading) requestParameters(object string) {
	f, c := r.facts, r.call
	jsonMembers(object, func(name, value string) bool {
		switch id, known := parameterFields[name]; {
		case known && !f.has(id):
			if v, ok := parameterValue(jsonScalar(value)); ok {
				f.put(id, v)
			}
		case name == "stream" && !c.StreamKnown:
			c.Stream = strings.HasPrefix(value, "true")
			c.StreamKnown = c.Stream || strings.HasPrefix(value, "false")
		case name == "web_search_options":
			f.putText(fieldSearchContext, jsonStringMember(value[:jsonEnd(value)], "search_context_size"))
		case name == "enable_thinking" && !f.has(fieldThinking):
			if strings.HasPrefix(value, "true") {
				f.put(fieldThinking, pcommon.NewValueBool(true))
			}
		}
		return true
	})
}

// parameterValue has no value for nothing, and for numbers that are none: clients write "Infinity" for a limit that is not set.
func parameterValue(s string) (v pcommon.Value, ok bool) {
	if s == "" {
		return v, false
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return pcommon.NewValueInt(n), true
	}
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		return pcommon.NewValueDouble(n), !math.IsInf(n, 0) && !math.IsNaN(n)
	}
	return pcommon.NewValueStr(s), true
}
