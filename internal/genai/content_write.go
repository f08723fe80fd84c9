package genai

import (
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/genai/message"
	"github.com/watchllm/watchllm/internal/semconv"
)

// content puts messages, instructions, tool definitions and what tools were given and gave under their canonical names, in the
// canonical form. A span without content costs no more than finding that out.
func (w *writer) content(conv *message.Converter, span ptrace.Span, d *dialect, c *Call) {
	f := w.facts
	if d == canonicalDialect {
		for _, id := range contentFields {
			w.written[id] = f.has(id)
		}
		return
	}
	switch c.Role {
	case semconv.RoleTool:
		w.toolContent(conv)
		return
	case semconv.RoleLLM, semconv.RoleEmbedding, semconv.RoleAgent, semconv.RoleWorkflow:
		found := contentSources{}
		if !f.has(fieldInputMessages) || !f.has(fieldOutputMessages) {
			found.flattened(span.Attributes())
			found.events(span.Events())
		}
		w.input(conv, &found, true)
		if c.Role != semconv.RoleEmbedding { // vectors are no words
			w.output(conv, &found, true)
		}
	default:
		w.input(conv, &contentSources{}, false)
		w.output(conv, &contentSources{}, false)
	}
	w.toolCall(conv)
}

// toolContent is that of a tool's span: what goes in are arguments, what comes out is a result, whatever the dialect calls it.
func (w *writer) toolContent(conv *message.Converter) {
	f := w.facts
	for _, from := range [...]field{fieldInputValue, fieldInputMessages} {
		if !f.winner[from] {
			f.adopt(fieldToolArguments, from)
		}
	}
	for _, from := range [...]field{fieldOutputValue, fieldOutputMessages} {
		if !f.winner[from] {
			f.adopt(fieldToolResult, from)
		}
	}
	w.toolCall(conv)
	if f.winner[fieldInputMessages] || f.winner[fieldOutputMessages] {
		w.input(conv, &contentSources{}, false)
		w.output(conv, &contentSources{}, false)
	}
}

func (w *writer) toolCall(conv *message.Converter) {
	f := w.facts
	if f.has(fieldToolArguments) {
		w.converted(fieldToolArguments, conv.Arguments(f.vals[fieldToolArguments]))
	}
	if f.has(fieldToolResult) {
		w.converted(fieldToolResult, conv.Result(f.vals[fieldToolResult]))
	}
}

// input writes what was sent: from an attribute of its own, from flattened ones, from events, or from the span's input.
func (w *writer) input(conv *message.Converter, found *contentSources, values bool) {
	f := w.facts
	var in message.Content
	switch {
	case f.has(fieldInputMessages):
		in = conv.Convert(message.Input, f.vals[fieldInputMessages])
	case saysMore(found.input) || len(found.input) > 0 && !f.has(fieldInputValue):
		in.Messages = conv.ConvertLeaves(message.Input, found.input)
	case found.prompt != nil:
		in = conv.Convert(message.Input, *found.prompt)
	case len(found.sent) > 0:
		in.Messages = conv.ConvertEvents(message.Input, found.sent)
	case values && f.has(fieldInputValue):
		in = conv.Convert(message.Input, f.vals[fieldInputValue])
		w.written[fieldInputValue] = in.Messages != ""
	}
	w.converted(fieldInputMessages, in.Messages)

	switch {
	case f.has(fieldSystemInstructions):
		in.System = conv.System(f.vals[fieldSystemInstructions])
	case found.system != nil:
		in.System = conv.System(*found.system)
	}
	w.converted(fieldSystemInstructions, in.System)

	switch {
	case f.has(fieldToolDefinitions):
		in.Tools = conv.Tools(f.vals[fieldToolDefinitions])
	case len(found.tools) > 0:
		in.Tools = conv.ToolLeaves(found.tools)
	case found.definitions != nil:
		in.Tools = conv.Tools(*found.definitions)
	case in.Tools == "" && strings.Contains(f.str(fieldInvocationParameters), `"tools"`):
		in.Tools = conv.Tools(f.vals[fieldInvocationParameters])
	}
	w.converted(fieldToolDefinitions, in.Tools)
}

// output writes what came back.
func (w *writer) output(conv *message.Converter, found *contentSources, values bool) {
	f := w.facts
	out := ""
	switch {
	case f.has(fieldOutputMessages):
		out = conv.Convert(message.Output, f.vals[fieldOutputMessages]).Messages
	case f.has(fieldOutputText) || f.has(fieldOutputToolCalls) || f.has(fieldOutputReasoning) || f.has(fieldOutputObject):
		out = conv.Answer(message.Answer{
			Text: f.value(fieldOutputText), Reasoning: f.value(fieldOutputReasoning),
			ToolCalls: f.value(fieldOutputToolCalls), Object: f.value(fieldOutputObject),
		})
		for _, id := range [...]field{fieldOutputText, fieldOutputReasoning, fieldOutputToolCalls, fieldOutputObject} {
			w.written[id] = f.has(id)
		}
	case saysMore(found.output) || len(found.output) > 0 && !f.has(fieldOutputValue):
		out = conv.ConvertLeaves(message.Output, found.output)
	case found.completion != nil:
		out = conv.Convert(message.Output, *found.completion).Messages
	case len(found.received) > 0:
		out = conv.ConvertEvents(message.Output, found.received)
	case values && f.has(fieldOutputValue):
		out = conv.Convert(message.Output, f.vals[fieldOutputValue]).Messages
		w.written[fieldOutputValue] = out != ""
	}
	w.converted(fieldOutputMessages, out)
}

// saysMore reports whether flattened messages hold more than roles. Clients that do not know a shape of content write only those, and
// the whole of the answer as the span's output.
func saysMore(leaves []message.Leaf) bool {
	return slices.ContainsFunc(leaves, func(l message.Leaf) bool { return !strings.HasSuffix(l.Path, ".role") })
}

// converted writes canonical content, unless it stands there already.
func (w *writer) converted(id field, s string) {
	if s == "" {
		return
	}
	w.written[id] = true
	if f := w.facts; f.winner[id] && f.rank[id] != 0 && f.vals[id].Type() == pcommon.ValueTypeStr && f.vals[id].Str() == s {
		return
	}
	w.attrs.PutStr(canonicalKeys[id], s)
}
