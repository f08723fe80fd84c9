package genai

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/watchllm/watchllm/internal/genai/message"
	"github.com/watchllm/watchllm/internal/semconv"
)

// bodyField is what the body of a log record is called among the names of what was cut or dropped.
const bodyField = "body"

// ApplyToRecord cuts or drops the content of a log record. Nobody can tell the words of a prompt from others in a body, so a body is content
// whatever it says, and so is everything that sounds like it.
func (l *ContentLimiter) ApplyToRecord(r plog.LogRecord, p ContentPolicy) ContentRemoved {
	if p.Mode == KeepContent {
		return ContentRemoved{}
	}
	l.policy, l.removed, l.names, l.llm = p, ContentRemoved{}, l.names[:0], true
	attrs, body := r.Attributes(), r.Body()
	if p.Mode == DropContent {
		if mayHoldText(body) {
			l.count(bodyField, sizeOf(body))
			pcommon.NewValueEmpty().CopyTo(body)
		}
		l.drop(attrs, "", true)
		l.note(attrs, semconv.WatchLLMContentDropped)
		return l.removed
	}
	if size := sizeOf(body); mayHoldText(body) && size > p.MaxBytes {
		switch body.Type() {
		case pcommon.ValueTypeStr:
			body.SetStr(l.messages.Cut(body.Str(), p.MaxBytes))
		case pcommon.ValueTypeBytes:
			body.SetStr(message.Marker)
		default:
			l.cutTogether([]pcommon.Value{body})
		}
		l.count(bodyField, size-sizeOf(body))
	}
	l.cut(attrs, "")
	l.note(attrs, semconv.WatchLLMContentTruncated)
	return l.removed
}

// BlankRecord takes everything off a log record that could be content, for a record that cannot be looked into.
func BlankRecord(r plog.LogRecord) {
	pcommon.NewValueEmpty().CopyTo(r.Body())
	r.Attributes().RemoveIf(func(key string, v pcommon.Value) bool {
		return mayHoldText(v) && (!strings.HasPrefix(key, "watchllm.") || strings.HasPrefix(key, "watchllm.native."))
	})
}
