package helicone

import (
	"encoding/json"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendorjson"
)

// chunkLimits bound one chunk; a stream has thousands of small ones.
var chunkLimits = jsontree.Limits{Depth: 64, Values: 100_000}

// maxLines bounds the lines of a stream that are looked at: more than any model answers in.
const maxLines = 300_000

// maxCalls bounds the tool calls that are put together from a stream.
const maxCalls = 128

// stream puts together what the chunks of an answer say: who answered, what it used, how it ended and the text.
type stream struct {
	attrs   pcommon.Map
	chunks  int
	reasons []string
	text    strings.Builder
	thought strings.Builder
	calls   []call
}

// call is a tool call on its way: its arguments come in pieces.
type call struct {
	id, name  string
	arguments []byte
}

// isChunk tells a lone chunk of a stream from a whole answer.
func isChunk(v jsontree.Value) bool {
	return strings.HasSuffix(v.Get("object").Text(), ".chunk") || v.Get("type").Text() == "message_start"
}

// readStream reads chunks as server-sent events or as one JSON value a line. Lines that are neither, such as the error a logger puts
// in front, are passed over.
func readStream(a pcommon.Map, content string) {
	s := stream{attrs: a}
	left := maxLines
	for line := range strings.SplitSeq(content, "\n") {
		line = strings.TrimSpace(line)
		line = strings.TrimSpace(strings.TrimPrefix(line, "data:"))
		if !strings.HasPrefix(line, "{") {
			continue
		}
		if left--; left < 0 {
			break
		}
		if chunk, err := jsontree.Parse([]byte(line), chunkLimits); err == nil {
			s.chunk(chunk)
		}
	}
	s.finish(content)
}

func (s *stream) chunk(v jsontree.Value) {
	s.chunks++
	// The Responses API ends with the whole answer, Anthropic begins with an empty one.
	if whole := v.Get("response"); whole.Kind() == jsontree.Object {
		s.identity(whole)
		if !whole.Get("usage").IsNothing() || whole.Get("output").Len() > 0 {
			putBody(s.attrs, whole)
		}
	}
	if begun := v.Get("message"); begun.Kind() == jsontree.Object {
		s.identity(begun)
		s.usage(usageName, begun.Get("usage"))
	}
	s.identity(v)
	s.usage(usageName, v.Get("usage"))
	s.usage(usageName, v.Get("x_groq").Get("usage"))
	s.usage(usageName, v.Get("metadata").Get("usage"))
	s.usage(metadataName, v.Get("usageMetadata"))
	vendorjson.Flatten(s.attrs, answer+"error", v.Get("error"), errorDepth)
	s.content(v)
}

func (s *stream) identity(v jsontree.Value) {
	for _, name := range [...]string{"id", "model", "modelVersion", "responseId", "service_tier", "system_fingerprint"} {
		if text := v.Get(name).Text(); text != "" {
			s.attrs.PutStr(answer+name, text)
		}
	}
}

// usage takes over what a chunk counts. Counts in a stream are running totals, and some clients end it with zeros for what they said
// before: a count never falls.
func (s *stream) usage(name string, v jsontree.Value) {
	if v.Kind() != jsontree.Object {
		return
	}
	update := pcommon.NewMap()
	vendorjson.Flatten(update, name, v, usageDepth)
	for key, n := range update.All() {
		if old, ok := s.attrs.Get(key); ok && old.Type() == pcommon.ValueTypeInt && n.Type() == pcommon.ValueTypeInt && old.Int() > n.Int() {
			continue
		}
		if s.attrs.Len() < vendorjson.MaxAttributes {
			n.CopyTo(s.attrs.PutEmpty(key))
		}
	}
}

func (s *stream) content(v jsontree.Value) {
	for _, choice := range v.Get("choices").Elements() {
		s.reasons = appendReason(s.reasons, choice)
		delta := choice.Get("delta")
		if index, _ := choice.Get("index").Int(); index != 0 {
			continue // only the first choice is put together: pieces of several would be mixed up
		}
		s.text.WriteString(delta.Get("content").Text())
		s.thought.WriteString(delta.Get("reasoning_content", "reasoning").Text())
		s.text.WriteString(choice.Get("text").Text())
		for _, piece := range delta.Get("tool_calls").Elements() {
			index, _ := piece.Get("index").Int()
			f := piece.Get("function")
			s.call(index, piece.Get("id").Text(), f.Get("name").Text(), f.Get("arguments").Text())
		}
	}
	for _, candidate := range v.Get("candidates").Elements() {
		s.reasons = appendReason(s.reasons, candidate)
		for _, part := range candidate.Get("content").Get("parts").Elements() {
			if vendorjson.True(part.Get("thought")) {
				s.thought.WriteString(part.Get("text").Text())
				continue
			}
			s.text.WriteString(part.Get("text").Text())
			if f := part.Get("functionCall"); f.Kind() == jsontree.Object {
				s.call(int64(len(s.calls)), f.Get("id").Text(), f.Get("name").Text(), f.Get("args").Compact())
			}
		}
	}
	delta := v.Get("delta")
	s.reasons = appendReason(s.reasons, delta)
	index, _ := v.Get("index").Int()
	switch v.Get("type").Text() {
	case "content_block_start":
		if block := v.Get("content_block"); block.Get("type").Text() == "tool_use" {
			s.call(index, block.Get("id").Text(), block.Get("name").Text(), "")
		}
	case "content_block_delta":
		s.text.WriteString(delta.Get("text").Text())
		s.thought.WriteString(delta.Get("thinking").Text())
		if piece := delta.Get("partial_json").Text(); piece != "" {
			s.call(index, "", "", piece)
		}
	}
}

// call adds a piece to the call of that index; indexes are sparse where a provider counts text among them.
func (s *stream) call(index int64, id, name, arguments string) {
	if index < 0 || index >= maxCalls {
		return
	}
	for int64(len(s.calls)) <= index {
		s.calls = append(s.calls, call{})
	}
	c := &s.calls[index]
	if id != "" {
		c.id = id
	}
	if name != "" {
		c.name = name
	}
	c.arguments = append(c.arguments, arguments...)
}

func (s *stream) finish(content string) {
	if s.chunks == 0 {
		s.attrs.PutStr(answer+"text", content) // no stream and no JSON: the text is the answer
		return
	}
	s.attrs.PutBool(streamedName, true)
	if len(s.reasons) > 0 {
		foreign.PutTexts(s.attrs, reasonsName, s.reasons)
	}
	if message := s.message(); message != nil {
		if raw, err := json.Marshal([]any{message}); err == nil {
			s.attrs.PutStr(messagesName, string(raw))
		}
	}
}

// message is the answer as OpenAI's chat API would have sent it whole.
func (s *stream) message() map[string]any {
	calls := slices.DeleteFunc(s.calls, func(c call) bool { return c.id == "" && c.name == "" && len(c.arguments) == 0 })
	if s.text.Len() == 0 && s.thought.Len() == 0 && len(calls) == 0 {
		return nil
	}
	m := map[string]any{"role": "assistant", "content": s.text.String()}
	if s.thought.Len() > 0 {
		m["reasoning_content"] = s.thought.String()
	}
	if len(calls) > 0 {
		list := make([]any, 0, len(calls))
		for i := range calls {
			list = append(list, map[string]any{
				"id": calls[i].id, "type": "function",
				"function": map[string]any{"name": calls[i].name, "arguments": string(calls[i].arguments)},
			})
		}
		m["tool_calls"] = list
	}
	return m
}
