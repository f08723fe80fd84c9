package native

import (
	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

var evaluation = kind{
	table: event.NewTable(common,
		event.F("name", event.Text(semconv.GenAIEvaluationName)),
		event.F("score|value", event.Double(semconv.GenAIEvaluationScoreValue)),
		event.F("label", event.Text(semconv.GenAIEvaluationScoreLabel)),
		event.F("explanation|comment", event.Content(semconv.GenAIEvaluationExplanation)),
		event.F("source", event.Text(semconv.WatchLLMNativeSource)),
		event.F("target", func(*event.Reader, jsontree.Value) {}), // read after all others
	),
	begin: func(r *event.Reader) { r.Record.Log, r.Record.Name = true, "gen_ai.evaluation.result" },
	end: func(r *event.Reader, v jsontree.Value) {
		readTarget(r, v.Get("target"))
		if _, ok := r.Record.Attrs.Get(semconv.GenAIEvaluationName); !ok {
			r.RejectField("name", event.CodeMissingField, "is missing; name what was evaluated, such as relevance or thumbs")
		}
	},
}

var targetTable = event.NewTable(nil,
	event.F("span_id", event.SpanID),
	event.F("trace_id", event.TraceID),
	event.F("response_id", event.Text(semconv.GenAIResponseID)),
	event.F("conversation_id", event.Text(semconv.GenAIConversationID)),
	event.F("event_id", func(r *event.Reader, v jsontree.Value) {
		event.TargetEventID(r, v)
		r.PutStr(semconv.WatchLLMNativeTargetEventID, r.Record.TargetEventID)
	}),
)

// readTarget reads what was evaluated. An evaluation stands where its target does, so the same fields of the event itself are
// another way to name the target; where both are there and differ, the event's own are kept beside it.
func readTarget(r *event.Reader, target jsontree.Value) {
	if target.IsNothing() || r.Rejection() != nil {
		return
	}
	rec := r.Record
	span, trace, conversation := rec.SpanID, rec.TraceID, text(rec, semconv.GenAIConversationID)
	r.In("target", func() { targetTable.Read(r, target, event.KeepUnder("target")) })
	for _, f := range []struct{ name, own, now string }{
		{"span_id", span, rec.SpanID}, {"trace_id", trace, rec.TraceID}, {"conversation_id", conversation, text(rec, semconv.GenAIConversationID)},
	} {
		if f.own != "" && f.own != f.now {
			rec.Displace(f.name, f.own)
		}
	}
}

func text(rec *event.Record, attr string) string {
	if v, ok := rec.Attrs.Get(attr); ok {
		return v.AsString()
	}
	return ""
}
