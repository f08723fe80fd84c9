package genai

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/watchllm/watchllm/internal/genai/message"
	"github.com/watchllm/watchllm/internal/testkit"
)

// Log events carry content as structured values: those that recorded clients sent convert like the JSON on spans.
func TestContentOfRecordedLogs(t *testing.T) {
	var conv message.Converter
	details, events := 0, 0
	for _, c := range testkit.Cases(t) {
		for _, ld := range c.Logs(t) {
			eachRecord(ld, func(r plog.LogRecord) {
				for key, side := range map[string]message.Side{"gen_ai.input.messages": message.Input, "gen_ai.output.messages": message.Output} {
					if v, ok := r.Attributes().Get(key); ok && v.Type() == pcommon.ValueTypeSlice && v.Slice().Len() > 0 {
						details++
						got := conv.Convert(side, v).Messages
						assert.True(t, strings.HasPrefix(got, `[{"role":"`), "%s: %s", c.Name(), got)
						assert.Equal(t, got, conv.Convert(side, pcommon.NewValueStr(got)).Messages, c.Name())
						if said := v.AsString(); strings.Contains(said, theQuestion) && side == message.Input {
							assert.Contains(t, got, `{"type":"text","content":"`+theQuestion+`"}`, c.Name())
						}
					}
				}
				name, named := r.Attributes().Get("event.name")
				if !named || r.Body().Type() != pcommon.ValueTypeMap || !strings.HasPrefix(name.AsString(), "gen_ai.") {
					return
				}
				events++
				got := conv.ConvertEvents(message.Input, []message.Event{{Name: name.Str(), Attributes: r.Body().Map()}})
				for _, said := range []string{theQuestion, theAnswer} {
					if strings.Contains(r.Body().AsString(), said) {
						assert.Contains(t, got, `{"type":"text","content":"`+said+`"}`, "%s: %s", c.Name(), r.Body().AsString())
					}
				}
			})
		}
	}
	assert.Positive(t, details)
	assert.Positive(t, events)
}

func eachRecord(ld plog.Logs, yield func(r plog.LogRecord)) {
	for _, rl := range ld.ResourceLogs().All() {
		for _, sl := range rl.ScopeLogs().All() {
			for _, r := range sl.LogRecords().All() {
				yield(r)
			}
		}
	}
}
