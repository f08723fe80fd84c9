package genai

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// usageName is a member of a usage object as a provider or a client spells it, and the count it means.
type usageName struct {
	name string
	of   func(u *Usage) *Count
	// means is what a provider that writes this name says about its input count.
	means semantics
}

// usageNames are the spellings of OpenAI's two APIs, Anthropic, Bedrock Converse, Gemini in both letter cases, and LangChain. Of one
// fact the first that is there counts. A name that stands for different things in input and output details has its parent in
// detailNames.
var usageNames = []usageName{
	{"prompt_tokens", inputOf, includesCache},
	{"input_tokens", inputOf, semanticsUnknown},
	{"inputTokens", inputOf, semanticsUnknown},
	{"promptTokenCount", inputOf, includesCache},
	{"prompt_token_count", inputOf, includesCache},
	{"completion_tokens", outputOf, semanticsUnknown},
	{"output_tokens", outputOf, semanticsUnknown},
	{"outputTokens", outputOf, semanticsUnknown},
	{"candidatesTokenCount", outputOf, semanticsUnknown},
	{"candidates_token_count", outputOf, semanticsUnknown},
	{"total_tokens", totalOf, semanticsUnknown},
	{"totalTokens", totalOf, semanticsUnknown},
	{"totalTokenCount", totalOf, semanticsUnknown},
	{"total_token_count", totalOf, semanticsUnknown},
	{"cached_tokens", cacheReadOf, includesCache},
	{"cachedContentTokenCount", cacheReadOf, includesCache},
	{"cached_content_token_count", cacheReadOf, includesCache},
	{"cache_read_input_tokens", cacheReadOf, excludesCache},
	{"cacheReadInputTokens", cacheReadOf, excludesCache},
	{"cacheReadInputTokenCount", cacheReadOf, excludesCache},
	{"cache_creation_input_tokens", cacheWriteOf, excludesCache},
	{"cacheWriteInputTokens", cacheWriteOf, excludesCache},
	{"cacheWriteInputTokenCount", cacheWriteOf, excludesCache},
	{"ephemeral_5m_input_tokens", func(u *Usage) *Count { return &u.CacheWrite5m }, semanticsUnknown},
	{"ephemeral_1h_input_tokens", func(u *Usage) *Count { return &u.CacheWrite1h }, semanticsUnknown},
	{"reasoning_tokens", reasoningOf, semanticsUnknown},
	{"thoughtsTokenCount", reasoningOf, semanticsUnknown},
	{"thoughts_token_count", reasoningOf, semanticsUnknown},
}

// detailNames are members of an inner object. LangSmith puts the service tier before them.
var detailNames = []struct {
	parents []string
	names   []string
	of      func(u *Usage) *Count
}{
	{inputDetails, []string{"cache_read", "priority_cache_read", "flex_cache_read"}, cacheReadOf},
	{inputDetails, []string{"cache_creation", "cache_write", "cache_write_tokens", "cache_creation_tokens"}, cacheWriteOf},
	{inputDetails, []string{"audio_tokens", "audio"}, func(u *Usage) *Count { return &u.AudioInput }},
	{inputDetails, []string{"image_tokens", "image"}, func(u *Usage) *Count { return &u.ImageInput }},
	{outputDetails, []string{"reasoning", "priority_reasoning", "flex_reasoning"}, reasoningOf},
	{outputDetails, []string{"audio_tokens", "audio"}, func(u *Usage) *Count { return &u.AudioOutput }},
	{outputDetails, []string{"image_tokens", "image"}, func(u *Usage) *Count { return &u.ImageOutput }},
}

var (
	inputDetails  = []string{"prompt_tokens_details", "input_tokens_details", "input_token_details"}
	outputDetails = []string{"completion_tokens_details", "output_tokens_details", "output_token_details"}
)

func inputOf(u *Usage) *Count      { return &u.Input }
func outputOf(u *Usage) *Count     { return &u.Output }
func totalOf(u *Usage) *Count      { return &u.Total }
func cacheReadOf(u *Usage) *Count  { return &u.CacheRead }
func cacheWriteOf(u *Usage) *Count { return &u.CacheWrite }
func reasoningOf(u *Usage) *Count  { return &u.Reasoning }

// usageObjects are the names under which answers keep their usage object.
var usageObjects = []string{"usage", "usageMetadata", "usage_metadata"}

// answerReason takes the reason an answer ended from a provider's answer, where the span names none.
func (r *reading) answerReason(answer string) {
	if r.facts.has(fieldFinishReasons) {
		return
	}
	for _, name := range [...]string{"finish_reason", "stop_reason", "finishReason"} {
		if reason := jsonStringMember(answer, name); reason != "" {
			r.call.addFinishReason(reason)
			return
		}
	}
}

// answerUsage fills the counts nobody gave yet from the usage object of a provider's answer, and notes what its spelling says about the
// input count.
func (r *reading) answerUsage(answer string) {
	for _, name := range usageObjects {
		if object := jsonContainer(answer, name); object != "" {
			r.usageJSON(object, true)
			return
		}
	}
}

// usageJSON fills the counts nobody gave yet from a usage object. Its spelling says something about the input count only where the
// client passes the provider's object on (wire): then Anthropic's and Bedrock's names for cached input mean that input leaves them out.
func (r *reading) usageJSON(object string, wire bool) {
	u := r.usage
	means := semanticsUnknown
	candidates := false
	var input Count // as the object has it
	for i := range usageNames {
		t := &usageNames[i]
		dst := t.of(u)
		if dst.Known && !wire {
			continue
		}
		n, flags := jsonCountMember(object, t.name)
		if n.Known && (t.means == includesCache || means == semanticsUnknown) {
			means = t.means
		}
		if n.Known && dst == &u.Input && !input.Known {
			input = n
		}
		if dst.Known {
			continue
		}
		*dst = n
		u.Flags |= flags
		candidates = candidates || n.Known && (t.name == "candidatesTokenCount" || t.name == "candidates_token_count")
	}
	for i := range detailNames {
		t := &detailNames[i]
		if dst := t.of(u); !dst.Known {
			*dst = detailCount(object, t.parents, t.names)
		}
	}
	if candidates && u.Output.Known && u.Reasoning.N > 0 && !sumsUp(u) {
		// What Gemini calls candidates leaves the thoughts out.
		u.Output = known(u.Output.N + u.Reasoning.N)
		u.Flags |= FlagReasoningAdded
	}
	if !wire || !input.Known || r.means != semanticsUnknown {
		return
	}
	switch {
	case input == u.Input: // what the client calls input is the provider's own count
		r.means = means
	case u.Input.N == input.N+u.CacheRead.N+u.CacheWrite.N: // the client added the cached input that the provider leaves out
		r.means = includesCache
	}
}

// sumsUp reports that input and output make up the total as they are.
func sumsUp(u *Usage) bool {
	return u.Total.Known && u.Input.Known && u.Total.N == u.Input.N+u.Output.N
}

func detailCount(object string, parents, names []string) Count {
	for _, parent := range parents {
		inner := jsonContainer(object, parent)
		if inner == "" {
			continue
		}
		for _, name := range names {
			if n, _ := jsonCountMember(inner, name); n.Known {
				return n
			}
		}
	}
	return Count{}
}

// jsonFact is a fact that holds JSON: a text, also one quoted once more, a Python dictionary printed as it is, or the map some exporters
// make of it.
func (f *facts) jsonFact(id field) string {
	if !f.has(id) {
		return ""
	}
	switch v := f.vals[id]; v.Type() {
	case pcommon.ValueTypeStr:
		text := jsonText(v.Str())
		if strings.HasPrefix(text, "{'") {
			text = strings.ReplaceAll(text[:min(len(text), maxPeek)], "'", `"`)
		}
		return text
	case pcommon.ValueTypeMap:
		return v.AsString()
	default:
		return ""
	}
}
