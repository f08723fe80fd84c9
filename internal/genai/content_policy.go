package genai

import (
	"slices"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/genai/message"
	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/internal/valuetext"
)

// ContentMode is what becomes of prompts, completions and what tools were given and gave.
type ContentMode uint8

// Content modes.
const (
	KeepContent ContentMode = iota
	CutContent
	DropContent
)

// ContentPolicy is a mode and, for cutting, the most bytes that one field may have.
type ContentPolicy struct {
	Mode     ContentMode
	MaxBytes int
}

// ContentRemoved counts what a policy took away.
type ContentRemoved struct {
	Fields, Bytes int
}

// ContentLimiter applies policies. It holds scratch space, so each goroutine needs its own.
type ContentLimiter struct {
	messages message.Converter
	policy   ContentPolicy
	removed  ContentRemoved
	names    []string // of the attributes that were cut or dropped, each once
	llm      bool     // the span is of a library for language models
	lists    map[string][]pcommon.Value
}

// Apply cuts or drops the content of a span that has been read and written, wherever it stands: in canonical attributes, under the
// client's own names, in events, links and the words of errors.
func (l *ContentLimiter) Apply(span ptrace.Span, scope *Scope, p ContentPolicy) ContentRemoved {
	if p.Mode == KeepContent {
		return ContentRemoved{}
	}
	l.policy, l.removed, l.names = p, ContentRemoved{}, l.names[:0]
	attrs := span.Attributes()
	l.llm = scope.dialect != nil || speaksOfModels(attrs)
	if p.Mode == DropContent {
		l.dropAll(span)
		l.note(attrs, semconv.WatchLLMContentDropped)
	} else {
		l.cutAll(span)
		l.note(attrs, semconv.WatchLLMContentTruncated)
	}
	return l.removed
}

// speaksOfModels reports whether anything on a span is a model's, also where it is no call and no agent's work: what a library sends
// over the wire beside them holds the same words.
func speaksOfModels(attrs pcommon.Map) bool {
	for key := range attrs.All() {
		if key == semconv.WatchLLMDialect || strings.HasPrefix(key, "gen_ai.") || strings.HasPrefix(key, "llm.") || strings.HasPrefix(key, "ai.") || strings.HasPrefix(key, "mcp.") {
			return true
		}
	}
	return false
}

// ApplyToResource cuts or drops what a process was called with: a command line may hold the prompt.
func (l *ContentLimiter) ApplyToResource(attrs pcommon.Map, p ContentPolicy) ContentRemoved {
	return l.applyAround(attrs, false, p)
}

// ApplyToScope cuts or drops content that stands in the attributes of an instrumentation scope, from where every span of it has it.
func (l *ContentLimiter) ApplyToScope(attrs pcommon.Map, scope *Scope, p ContentPolicy) ContentRemoved {
	return l.applyAround(attrs, scope.dialect != nil || speaksOfModels(attrs), p)
}

func (l *ContentLimiter) applyAround(attrs pcommon.Map, llm bool, p ContentPolicy) ContentRemoved {
	l.policy, l.removed, l.names, l.llm = p, ContentRemoved{}, l.names[:0], llm
	switch p.Mode {
	case DropContent:
		l.drop(attrs, "", llm)
	case CutContent:
		l.cut(attrs, "")
	}
	return l.removed
}

// note writes the names of what was cut or dropped, added to those of an earlier WatchLLM.
func (l *ContentLimiter) note(attrs pcommon.Map, key string) {
	if len(l.names) == 0 {
		return
	}
	if old, ok := attrs.Get(key); ok && old.Type() == pcommon.ValueTypeSlice {
		for _, e := range old.Slice().All() {
			l.remember(valuetext.Of(e))
		}
	}
	slices.Sort(l.names)
	list := attrs.PutEmptySlice(key)
	list.EnsureCapacity(len(l.names))
	for _, name := range l.names {
		list.AppendEmpty().SetStr(name)
	}
}

// maxNames bounds the list of names: they come from payloads.
const maxNames = 64

func (l *ContentLimiter) remember(name string) {
	if len(l.names) < maxNames && !slices.Contains(l.names, name) {
		l.names = append(l.names, name)
	}
}

func (l *ContentLimiter) dropAll(span ptrace.Span) {
	attrs := span.Attributes()
	tools := ""
	if v, ok := attrs.Get(semconv.GenAIToolDefinitions); ok {
		tools = l.messages.ToolNames(v)
	}
	l.drop(attrs, "", l.llm)
	if tools != "" {
		attrs.PutStr(semconv.GenAIToolDefinitions, tools)
	}
	for _, e := range span.Events().All() {
		l.drop(e.Attributes(), e.Name()+"/", l.llm || strings.HasPrefix(e.Name(), "gen_ai."))
	}
	for _, link := range span.Links().All() {
		l.drop(link.Attributes(), "link/", l.llm)
	}
	if text := span.Status().Message(); text != "" {
		l.count("status.message", len(text))
		span.Status().SetMessage("")
	}
}

// drop removes all content from attributes. Numbers and truth values are none: counts stay.
func (l *ContentLimiter) drop(attrs pcommon.Map, of string, llm bool) {
	attrs.RemoveIf(func(key string, v pcommon.Value) bool {
		name := key
		if rank, path := flatList(key); rank > 0 {
			if strings.HasSuffix(path, ".finish_reason") || strings.HasSuffix(path, ".role") {
				return false
			}
			name = strings.TrimSuffix(flatLists[rank-1].prefix, ".")
		} else if !IsContentKey(key) && !errorTextKeys[key] && !(llm && soundsLikeContent(key)) {
			return false
		}
		if !mayHoldText(v) || key == semconv.GenAIToolDefinitions && l.messages.OnlyToolNames(v) {
			return false
		}
		l.count(of+name, sizeOf(v))
		return true
	})
}

func mayHoldText(v pcommon.Value) bool {
	switch v.Type() {
	case pcommon.ValueTypeStr, pcommon.ValueTypeBytes, pcommon.ValueTypeMap, pcommon.ValueTypeSlice:
		return true
	default:
		return false
	}
}

func (l *ContentLimiter) count(name string, bytes int) {
	l.removed.Fields++
	l.removed.Bytes += bytes
	l.remember(name)
}

// sizeOf is the bytes of text in a value.
func sizeOf(v pcommon.Value) (n int) {
	eachTextOf(v, func(s pcommon.Value) { n += len(s.Str()) })
	if v.Type() == pcommon.ValueTypeBytes {
		n += v.Bytes().Len()
	}
	return n
}

func eachTextOf(v pcommon.Value, yield func(s pcommon.Value)) {
	switch v.Type() {
	case pcommon.ValueTypeStr:
		yield(v)
	case pcommon.ValueTypeSlice:
		for _, e := range v.Slice().All() {
			eachTextOf(e, yield)
		}
	case pcommon.ValueTypeMap:
		for _, e := range v.Map().All() {
			eachTextOf(e, yield)
		}
	}
}

// Blank takes everything off a span that could be content, for a span that cannot be looked into.
func Blank(span ptrace.Span) {
	span.Attributes().RemoveIf(func(key string, v pcommon.Value) bool {
		return mayHoldText(v) && (!strings.HasPrefix(key, "watchllm.") || strings.HasPrefix(key, "watchllm.native."))
	})
	span.Events().RemoveIf(func(ptrace.SpanEvent) bool { return true })
	span.Links().RemoveIf(func(ptrace.SpanLink) bool { return true })
	span.Status().SetMessage("")
}
