package genai

import (
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/valuetext"
)

// wireUsage is one usage object as it is: its counts, not yet converted, and what else it says.
type wireUsage struct {
	Usage
	// best is the rank of the name that each count was taken from.
	best [numFields]uint8
	// means is what the spelling says about the input count.
	means semantics

	candidates     bool      // output leaves the thoughts out (Gemini)
	thoughts       bool      // reasoning under Gemini's name
	billed         bool      // counts are those of the bill, which may differ from the tokens (Cohere)
	outerReasoning bool      // reasoning stands beside the output and not among its details
	lists          usageList // taken already
	toolPrompt     Count
	xSearches      Count // xAI counts searches of X beside those of the web
	seconds        string
	flags          Flags
	said           remarks
}

// usageObjects are the names under which answers keep their usage object.
var usageObjects = []string{"usage", "usageMetadata", "usage_metadata"}

// applyWireUsage reads the provider's own usage object where a client hands it on in an attribute.
func applyWireUsage(r *reading) {
	if raw := r.facts.jsonFact(fieldWireUsage); raw != "" && !r.canonical {
		r.usageJSON(raw, true)
	}
}

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
	r.answerTier(answer)
	for _, name := range usageObjects {
		if object := jsonContainer(answer, name); object != "" {
			r.usageJSON(object, true)
			return
		}
	}
}

// answerDetails takes from a provider's answer what decides the price and the dialect has no names for. Its counts of input and output
// are left alone: the client gave its own.
func (r *reading) answerDetails(answer string) {
	tier, usage := outerMembers(answer)
	if tier == "" && usage == "" { // what LangChain keeps of an answer
		tier, usage = outerMembers(jsonContainer(answer, "response_metadata"))
	}
	if r.said.tier == "" {
		r.said.tier = tier
	}
	if usage != "" {
		w := readUsage(usage)
		r.said.add(&w.said, true)
		r.mergeDetails(&w)
	}
}

// answerTier takes the service tier that stands beside the usage object, as OpenAI's does.
func (r *reading) answerTier(answer string) {
	if r.said.tier == "" && strings.Contains(answer, `"service_tier"`) {
		r.said.tier, _ = outerMembers(answer)
	}
}

// outerMembers are the service tier and the usage object of an answer: its own members, since one deeper may be a tool's argument.
func outerMembers(answer string) (tier, usage string) {
	if len(answer) > maxPeek {
		return "", ""
	}
	jsonMembers(answer, func(member, value string) bool {
		switch {
		case member == "service_tier":
			tier = jsonText0(value)
		case slices.Contains(usageObjects, member) && strings.HasPrefix(value, "{"):
			usage = value
		}
		return tier == "" || usage == ""
	})
	return tier, usage
}

// jsonText0 is the text a value begins with, or empty when it is none.
func jsonText0(value string) string {
	if !strings.HasPrefix(value, `"`) {
		return ""
	}
	return jsonScalar(value)
}

// usageJSON fills the counts nobody gave yet from a usage object. Its spelling says something about the input count only where the
// client passes the provider's object on (wire): then Anthropic's and Bedrock's names for cached input mean that input leaves them out,
// and a cost in it is the provider's bill.
func (r *reading) usageJSON(object string, wire bool) {
	w := readUsage(object)
	input, output := w.Input, w.Output // as the object has them
	w.complete()
	u := r.usage
	given := u.Input
	if wire {
		// What the client calls input and output may be the provider's own counts, which leave the same things out.
		if u.Input.Known && u.Input == input || w.billed && w.Input.Known {
			u.Input = w.Input
		}
		if u.Output.Known && u.Output == output && w.outerReasoning || w.billed && w.Output.Known {
			u.Output = w.Output
			u.Flags |= w.Flags & FlagReasoningAdded
		}
	}
	if !u.Output.Known && w.Output.Known {
		u.Flags |= w.Flags & FlagReasoningAdded
	}
	for i := range counts {
		if dst := counts[i].of(u); !dst.Known {
			*dst = *counts[i].of(&w.Usage)
		}
	}
	u.Flags |= w.flags
	r.said.add(&w.said, wire)
	r.metered(&w)
	if !wire || !input.Known || r.means != semanticsUnknown {
		return
	}
	switch {
	case input == given || !given.Known: // what the client calls input is the provider's own count
		r.means = w.means
	case given.N == input.N+u.CacheRead.N+u.CacheWrite.N: // the client added the cached input that the provider leaves out
		r.means = includesCache
	}
}

// mergeDetails fills the parts of counts that are known, and what is no token.
func (r *reading) mergeDetails(w *wireUsage) {
	u := r.usage
	w.WebSearches.add(w.xSearches)
	for i := range counts {
		switch counts[i].id {
		case fieldInput, fieldOutput, fieldCacheRead, fieldCacheWrite, fieldReasoning, fieldTotal:
			continue
		case fieldCacheWrite5m, fieldCacheWrite1h:
			if !u.CacheWrite.Known {
				continue
			}
		}
		if dst := counts[i].of(u); !dst.Known {
			*dst = *counts[i].of(&w.Usage)
		}
	}
	r.metered(w)
}

// metered takes the duration of what has no tokens: recordings are billed by it.
func (r *reading) metered(w *wireUsage) {
	if u := r.usage; w.seconds != "" && !u.Milliseconds.Known && u.Input.N+u.Output.N == 0 {
		seconds, _ := strconv.ParseFloat(w.seconds, 64)
		u.Milliseconds = millisecondsOf(seconds)
	}
}

// complete makes the object's input and output include what its provider counts beside them.
func (w *wireUsage) complete() {
	if w.toolPrompt.N > 0 && w.Input.Known {
		w.Input.N += w.toolPrompt.N
	}
	w.WebSearches.add(w.xSearches)
	beside := int64(0)
	switch {
	case !w.Output.Known && w.thoughts:
		w.Output = w.Reasoning // Gemini thought, and answered nothing
		w.Flags |= FlagReasoningAdded
	case !w.Output.Known:
	case w.candidates && w.Reasoning.N > 0 && !sumsUp(&w.Usage):
		// What Gemini calls candidates leaves the thoughts out.
		beside = w.Reasoning.N
		w.Flags |= FlagReasoningAdded
	case w.outerReasoning && (w.Citation.Known || w.WebSearches.Known):
		// So does Perplexity's research, and citations with them.
		beside = w.Reasoning.N + w.Citation.N
		if w.Reasoning.N > 0 {
			w.Flags |= FlagReasoningAdded
		}
	default:
		w.outerReasoning = false
	}
	w.Output.N += beside
}

// sumsUp reports that input and output make up the total as they are.
func sumsUp(u *Usage) bool {
	return u.Total.Known && u.Input.Known && u.Total.N == u.Input.N+u.Output.N
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
		return valuetext.Of(v)
	default:
		return ""
	}
}
