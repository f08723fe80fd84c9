package genai

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/genai/message"
)

// contentSources is the content a span carries outside the attributes that have a name of their own.
type contentSources struct {
	input, output, tools []message.Leaf
	// rank of the list that was taken, per kind of content: lists are aliases, one is read.
	ranks [3]int

	prompt, completion, system, definitions *pcommon.Value
	sent, received                          []message.Event
}

const (
	flatInput = iota
	flatOutput
	flatTools
)

// flatLists are the lists that conventions flatten into attribute names, the most telling first.
var flatLists = [...]struct {
	prefix string
	what   int
}{
	{"llm.input_messages.", flatInput},
	{"llm.output_messages.", flatOutput},
	{"llm.tools.", flatTools},
	{"gen_ai.prompt.", flatInput},
	{"gen_ai.completion.", flatOutput},
	{"llm.request.functions.", flatTools},
	{"gen_ai.input.messages.", flatInput},
	{"gen_ai.output.messages.", flatOutput},
	{"gen_ai.request.tools.", flatTools},
	{"llm.prompts.", flatInput},
	{"llm.completions.", flatOutput},
	{"llm.choices.", flatOutput},
}

// flatList is the place of the list that an attribute belongs to, 0 for none, and its path in it.
func flatList(key string) (rank int, path string) {
	if len(key) < 8 || key[0] != 'l' && key[0] != 'g' {
		return 0, ""
	}
	for i := range flatLists {
		if rest, ok := strings.CutPrefix(key, flatLists[i].prefix); ok && rest != "" && rest[0] >= '0' && rest[0] <= '9' {
			return i + 1, rest
		}
	}
	return 0, ""
}

func (s *contentSources) flattened(attrs pcommon.Map) {
	for key, v := range attrs.All() {
		rank, path := flatList(key)
		if rank == 0 || v.Type() == pcommon.ValueTypeEmpty {
			continue
		}
		what := flatLists[rank-1].what
		list := [...]*[]message.Leaf{&s.input, &s.output, &s.tools}[what]
		switch old := s.ranks[what]; {
		case old == 0 || rank < old:
			s.ranks[what], *list = rank, (*list)[:0]
		case rank > old:
			continue
		}
		*list = append(*list, message.Leaf{Path: path, Value: v})
	}
}

// events finds the content that a span's events carry.
func (s *contentSources) events(events ptrace.SpanEventSlice) {
	for _, e := range events.All() {
		name := e.Name()
		if !strings.HasPrefix(name, "gen_ai.") {
			continue
		}
		attrs := e.Attributes()
		switch name {
		case "gen_ai.content.prompt", "gen_ai.content.completion", "gen_ai.client.inference.operation.details":
			note(&s.prompt, attrs, "gen_ai.prompt", "gen_ai.input.messages")
			note(&s.completion, attrs, "gen_ai.completion", "gen_ai.output.messages")
			note(&s.system, attrs, "gen_ai.system_instructions")
			note(&s.definitions, attrs, "gen_ai.tool.definitions")
		case "gen_ai.choice":
			s.received = append(s.received, message.Event{Name: name, Attributes: attrs})
		case "gen_ai.system.message", "gen_ai.user.message", "gen_ai.assistant.message", "gen_ai.tool.message":
			s.sent = append(s.sent, message.Event{Name: name, Attributes: attrs})
		}
	}
}

func note(dst **pcommon.Value, attrs pcommon.Map, names ...string) {
	for _, name := range names {
		if v, ok := attrs.Get(name); ok && *dst == nil && v.Type() != pcommon.ValueTypeEmpty {
			*dst = &v
		}
	}
}
