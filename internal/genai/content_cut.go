package genai

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/genai/message"
	"github.com/watchllm/watchllm/internal/semconv"
)

// originalSizeKeys are where the size of a canonical field before it was cut is written.
var originalSizeKeys = map[string]string{
	semconv.GenAIInputMessages:      semconv.WatchLLMContentInputMessagesOriginalBytes,
	semconv.GenAIOutputMessages:     semconv.WatchLLMContentOutputMessagesOriginalBytes,
	semconv.GenAISystemInstructions: semconv.WatchLLMContentSystemInstructionsOriginalBytes,
	semconv.GenAIToolDefinitions:    semconv.WatchLLMContentToolDefinitionsOriginalBytes,
	semconv.GenAIToolCallArguments:  semconv.WatchLLMContentToolArgumentsOriginalBytes,
	semconv.GenAIToolCallResult:     semconv.WatchLLMContentToolResultOriginalBytes,
}

func (l *ContentLimiter) cutAll(span ptrace.Span) {
	attrs := span.Attributes()
	for key, size := range l.cut(attrs, "") {
		if name, ok := originalSizeKeys[key]; ok {
			if _, known := attrs.Get(name); !known { // an earlier WatchLLM saw the original
				attrs.PutInt(name, int64(size))
			}
		}
	}
	for _, e := range span.Events().All() {
		l.cut(e.Attributes(), e.Name()+"/")
	}
	for _, link := range span.Links().All() {
		l.cut(link.Attributes(), "link/")
	}
	if text := span.Status().Message(); len(text) > l.policy.MaxBytes {
		short := message.CutText(text, l.policy.MaxBytes)
		l.count("status.message", len(text)-len(short))
		span.Status().SetMessage(short)
	}
}

// cut shortens every field of attributes to the limit, and returns the sizes of those it cut. A list that is flattened into many
// attributes is one field.
func (l *ContentLimiter) cut(attrs pcommon.Map, of string) (sizes map[string]int) {
	clear(l.lists)
	for key, v := range attrs.All() {
		if rank, _ := flatList(key); rank > 0 {
			if l.lists == nil {
				l.lists = map[string][]pcommon.Value{}
			}
			name := strings.TrimSuffix(flatLists[rank-1].prefix, ".")
			l.lists[name] = append(l.lists[name], v)
			continue
		}
		if !mayHoldText(v) {
			continue
		}
		size := sizeOf(v)
		if size <= l.policy.MaxBytes {
			continue
		}
		if !IsContentKey(key) && !errorTextKeys[key] && !(l.llm && soundsLikeContent(key)) {
			continue
		}
		switch v.Type() {
		case pcommon.ValueTypeStr:
			v.SetStr(l.messages.Cut(v.Str(), l.policy.MaxBytes))
		case pcommon.ValueTypeBytes:
			v.SetStr(message.Marker)
		default:
			l.cutTogether([]pcommon.Value{v})
		}
		l.count(of+key, size-sizeOf(v))
		if sizes == nil {
			sizes = map[string]int{}
		}
		sizes[key] = size
	}
	for name, values := range l.lists {
		if lost := l.cutTogether(values); lost > 0 {
			l.count(of+name, lost)
		}
	}
	return sizes
}

// cutTogether cuts the longest texts of values that belong together until all of them fit, and returns how many bytes went.
func (l *ContentLimiter) cutTogether(values []pcommon.Value) (lost int) {
	var sizes []int
	for _, v := range values {
		eachTextOf(v, func(s pcommon.Value) { sizes = append(sizes, len(s.Str())) })
	}
	level := message.LevelFor(sizes, l.policy.MaxBytes)
	if level < 0 {
		return 0
	}
	for _, v := range values {
		eachTextOf(v, func(s pcommon.Value) {
			if text := s.Str(); len(text) > level {
				s.SetStr(l.messages.Cut(text, level))
				lost += len(text) - len(s.Str())
			}
		})
	}
	return lost
}
