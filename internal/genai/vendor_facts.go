package genai

import (
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/semconv"
)

// What the readers of vendors' own wire formats share.

// forgetZeroUsage makes counts unknown where a client fills in zeros for what it could not measure: no model answers a prompt of no
// tokens with no tokens.
func forgetZeroUsage(u *Usage) {
	if u.HasTokens() && !u.Metered() && u.Input.N == 0 && u.Output.N == 0 && u.CacheRead.N == 0 && u.CacheWrite.N == 0 && u.Total.N == 0 {
		*u = Usage{Flags: u.Flags}
	}
}

// putText gives a field a value that no attribute has as it stands.
func (f *facts) putText(id field, text string) {
	if text == "" || f.rank[id] != 0 {
		return
	}
	f.rank[id], f.vals[id] = 1, pcommon.NewValueStr(text)
}

// adoptPayload gives the input and output of a record the meaning they have for what the record is. roleOf knows it from the dialect's
// own kind, before the role itself is decided.
func adoptPayload(r *reading, role string) {
	f, c := r.facts, r.call
	switch role {
	case semconv.RoleTool:
		f.adopt(fieldToolArguments, fieldInputValue)
		f.adopt(fieldToolResult, fieldOutputValue)
		if c.ToolName == "" {
			c.ToolName = r.span.Name() // these vendors have no other place for it
		}
	case semconv.RoleRetrieval:
		f.adopt(fieldRetrievalQuery, fieldInputValue)
	case semconv.RoleAgent:
		if c.AgentName == "" {
			c.AgentName = r.span.Name()
		}
	case semconv.RoleLLM, semconv.RoleEmbedding:
		f.adopt(fieldInputMessages, fieldInputValue)
		f.adopt(fieldOutputMessages, fieldOutputValue)
	}
}

// leadingStatus is the HTTP status that error texts of the OpenAI and Anthropic libraries begin with: "429 Rate limit reached".
func leadingStatus(text string) string {
	if len(text) < 4 || text[0] < '4' || text[0] > '5' || text[3] != ' ' {
		return ""
	}
	for _, c := range text[1:3] {
		if c < '0' || c > '9' {
			return ""
		}
	}
	return text[:3]
}

// cacheWritesOfOpenAI takes over what OpenAI's API calls cache writes. It sends zero with every answer, cached or not: only another
// figure says something.
func cacheWritesOfOpenAI(r *reading, names ...string) {
	for _, name := range names {
		v, ok := r.span.Attributes().Get(name)
		if !ok || r.usage.CacheWrite.Known {
			continue
		}
		if n, flags := readCount(v); n.N > 0 {
			r.usage.CacheWrite = n
			r.usage.Flags |= flags
		}
	}
}

// errorClass is the class in an error sent as JSON. Providers wrap theirs in others whose type is only "error".
func errorClass(text string) string {
	for range 3 {
		if inner := jsonContainer(text, "error"); inner != "" {
			text = inner
			continue
		}
		break
	}
	if class := jsonStringMember(text, "type"); class != "error" {
		return class
	}
	return ""
}
