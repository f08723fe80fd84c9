package llmlogsconnector

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/watchllm/watchllm/internal/valuetext"
)

// event is a log record under the name of what it tells.
type event struct {
	record  plog.LogRecord
	attrs   pcommon.Map
	name    string
	scope   string
	service string
}

const eventNameKey = "event.name"

func newEvent(record plog.LogRecord, scope, service string) event {
	e := event{record: record, attrs: record.Attributes(), scope: scope, service: service}
	e.name = e.findName()
	return e
}

// findName looks in the three places where clients put an event's name. The first one known here wins: a client may fill another with
// the place in its source code, or leave its own name off the front.
func (e *event) findName() string {
	attribute := text(e.attrs, eventNameKey)
	places := [...]string{attribute, e.record.EventName(), ""}
	if body := e.record.Body(); body.Type() == pcommon.ValueTypeStr {
		places[2] = body.Str()
	}
	for _, name := range places {
		if _, ok := events[name]; ok {
			return name
		}
	}
	if strings.HasPrefix(e.scope, "com.anthropic.claude_code") || e.service == "claude-code" {
		if name := claudeCodePrefix + attribute; attribute != "" {
			return name
		}
	}
	for _, name := range places {
		if name != "" {
			return name
		}
	}
	return ""
}

func text(attrs pcommon.Map, key string) string {
	if v, ok := attrs.Get(key); ok && v.Type() == pcommon.ValueTypeStr {
		return v.Str()
	}
	return ""
}

// anyText is the first of the attributes that is there, whatever its type, as text.
func anyText(attrs pcommon.Map, keys ...string) string {
	for _, key := range keys {
		if v, ok := attrs.Get(key); ok {
			if s := valuetext.Of(v); s != "" {
				return s
			}
		}
	}
	return ""
}

// hasAny reports whether one of the attributes says something: null and the empty string do not.
func hasAny(attrs pcommon.Map, keys ...string) bool {
	for _, key := range keys {
		if v, ok := attrs.Get(key); ok && v.Type() != pcommon.ValueTypeEmpty && (v.Type() != pcommon.ValueTypeStr || v.Str() != "") {
			return true
		}
	}
	return false
}
