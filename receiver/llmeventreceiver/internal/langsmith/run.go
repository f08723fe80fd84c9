package langsmith

import (
	"encoding/hex"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// maxError bounds a status message: LangChain sends whole stack traces as a run's error.
const maxError = 2048

// part is the span part that the record describes; ok is false for a run without an id.
func (r *run) part() (p foreign.Part, ok bool) {
	if r.id == "" {
		r.id = r.text("id")
	}
	if r.id == "" || len(r.id) > 256 {
		return p, false
	}
	p = foreign.NewPart()
	p.ID = runID(r.id)
	at := order(r.text("dotted_order"))
	p.TraceID = first(r.text("trace_id"), at.trace)
	p.ParentID = runID(first(r.text("parent_run_id"), at.parent))
	if p.TraceID == "" && p.ParentID == "" && !r.patch {
		p.TraceID = r.id // a run without parents is the root of its trace, whose id it has
	}
	p.Name = r.text("name")
	if p.Start = foreign.Time(r.get("start_time")); p.Start.IsZero() {
		p.Start = at.start
	}
	p.End = foreign.Time(r.get("end_time"))
	p.Echo = echo(p.Start, p.End)
	p.Opens, p.Closes, p.Enough = !r.patch, !p.End.IsZero(), r.get("outputs").Len() > 0
	if r.patch {
		p.Order = 1
	}
	kind := r.text("run_type")
	switch kind {
	case "":
	case "llm", "embedding", "retriever":
		p.Kind = ptrace.SpanKindClient
	default:
		p.Kind = ptrace.SpanKindInternal
	}
	if text := r.text("error"); text != "" {
		p.StatusCode, p.StatusMessage = ptrace.StatusCodeError, text[:min(len(text), maxError)]
		p.StatusMessage = strings.ToValidUTF8(p.StatusMessage, "")
	}
	p.Scope = "langsmith"
	if runtime := r.get("extra").Get("runtime"); runtime.Kind() == jsontree.Object {
		p.ScopeVersion = runtime.Get("sdk_version").Text()
		foreign.PutText(p.Resource, "telemetry.sdk.language", runtime.Get("runtime"))
		foreign.PutText(p.Resource, "telemetry.sdk.name", runtime.Get("sdk"))
	}
	r.describe(p.Attributes, kind)
	r.answer(&p)
	return p, true
}

func (r *run) describe(a pcommon.Map, kind string) {
	if kind != "" {
		a.PutStr("langsmith.span.kind", kind)
	}
	foreign.PutText(a, "langsmith.trace.name", r.get("name"))
	foreign.PutText(a, "langsmith.trace.session_name", r.get("session_name"))
	foreign.PutText(a, "langsmith.reference_example_id", r.get("reference_example_id"))
	if tags := foreign.Texts(r.get("tags")); len(tags) > 0 {
		a.PutStr("langsmith.span.tags", strings.Join(tags, ", "))
	}
	foreign.Put(a, "gen_ai.prompt", r.get("inputs"))
	foreign.Put(a, "gen_ai.completion", r.get("outputs"))
	extra := r.get("extra")
	metadata := extra.Get("metadata")
	foreign.Flatten(a, "langsmith.metadata.", metadata)
	invocation := extra.Get("invocation_params")
	if invocation.Kind() == jsontree.Object && metadata.Get("ls_invocation_params").IsNothing() {
		foreign.Put(a, "langsmith.metadata.invocation_params", invocation)
	}
	if kind != "llm" && kind != "embedding" {
		return
	}
	inputs := r.get("inputs")
	model := first(metadata.Get("ls_model_name").Text(), invocation.Get("model", "model_name", "model_id").Text(),
		inputs.Get("model").Text())
	if model != "" {
		a.PutStr(semconv.GenAIRequestModel, model)
	}
	if stream := inputs.Get("stream"); stream.Kind() == jsontree.Bool {
		a.PutBool("langsmith.request.streaming", stream.Bool())
	}
}

// place is what a run's dotted order says of it: the starts and ids of everything from the root to itself.
type place struct {
	trace, parent string
	start         time.Time
}

func order(dotted string) (at place) {
	if dotted == "" || len(dotted) > 1<<16 {
		return at
	}
	steps := strings.Split(dotted, ".")
	last := steps[len(steps)-1]
	if id := idOf(steps[0]); id != "" {
		at.trace = id
	}
	if len(steps) > 1 {
		at.parent = idOf(steps[len(steps)-2])
	}
	if i := strings.IndexByte(last, 'Z'); i > 15 {
		if t, err := time.Parse("20060102T150405.000000", last[:15]+"."+last[15:i]); err == nil {
			at.start = t
		}
	}
	return at
}

// idOf is the UUID behind the time of one step.
func idOf(step string) string {
	i := strings.IndexByte(step, 'Z')
	if i < 0 {
		return ""
	}
	id := step[i+1:]
	if raw, err := hex.DecodeString(strings.ReplaceAll(id, "-", "")); err != nil || len(raw) != 16 {
		return ""
	}
	return id
}

func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

func score(v jsontree.Value) (s foreign.Score, ok bool) {
	s = foreign.NewScore()
	s.ID, s.Name = v.Get("id").Text(), v.Get("key").Text()
	if s.Name == "" {
		return s, false
	}
	s.TraceID, s.SpanID = v.Get("trace_id").Text(), runID(v.Get("run_id").Text())
	if f, isNumber := v.Get("score").Float(); isNumber {
		s.Value, s.HasValue = f, true
	} else if b := v.Get("score"); b.Kind() == jsontree.Bool {
		s.HasValue = true
		if b.Bool() {
			s.Value = 1
		}
	}
	switch value := v.Get("value"); value.Kind() {
	case jsontree.Missing, jsontree.Null:
	case jsontree.String:
		s.Label = value.Text()
	default:
		s.Label = value.Compact()
	}
	s.Explanation = v.Get("comment").Text()
	s.Source = v.Get("feedback_source").Get("type").Text()
	s.Time = foreign.Time(v.Get("created_at"))
	return s, true
}
