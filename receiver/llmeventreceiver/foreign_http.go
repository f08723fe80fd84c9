package llmeventreceiver

import (
	"errors"
	"net/http"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

// route adds the paths of the configured vendors to the server.
func (f *foreignVendors) route(mux *http.ServeMux) {
	for i := range f.decoders {
		d := &f.decoders[i]
		for _, pattern := range d.Routes {
			mux.HandleFunc(pattern, func(w http.ResponseWriter, req *http.Request) { f.serve(d, f.take, w, req) })
		}
		for _, pattern := range d.OTLP {
			mux.HandleFunc(pattern, func(w http.ResponseWriter, req *http.Request) { f.serve(d, f.takeOTLP, w, req) })
		}
		for _, pattern := range d.NotTaken {
			mux.HandleFunc(pattern, func(w http.ResponseWriter, req *http.Request) { f.serve(d, f.refuseOTLP, w, req) })
		}
		for pattern, answer := range d.Greetings {
			mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) { writeAnswer(w, answer) })
		}
	}
}

// taker reads a request, hands it on and answers; it returns the answer if nothing was taken.
type taker func(d *foreign.Decoder, w http.ResponseWriter, req *http.Request) *problem

func (f *foreignVendors) serve(d *foreign.Decoder, take taker, w http.ResponseWriter, req *http.Request) {
	answer := &statusWriter{ResponseWriter: w}
	defer func() {
		f.r.telemetry.ReceiverLlmEventRequests.Add(req.Context(), 1, metric.WithAttributes(attribute.Int("status", answer.status)))
	}()
	authenticated, leave, p := f.enter(d, req)
	defer leave()
	if p == nil {
		p = take(d, answer, authenticated)
	}
	if p != nil {
		p.write(answer)
	}
}

// take hands on what is complete and holds the rest.
func (f *foreignVendors) take(d *foreign.Decoder, w http.ResponseWriter, req *http.Request) *problem {
	if f.r.traces == nil {
		return noTraces()
	}
	body, p := f.r.readBody(req, tenancy.Sender(req.Context()).Tenant)
	if p != nil {
		return p
	}
	defer body.Release()
	if p := f.sameSender(d, req, body.Data); p != nil {
		return p
	}
	in, err := d.Decode(&foreign.Request{
		Path: req.URL.Path, Query: req.URL.Query(), ContentType: req.Header.Get("Content-Type"), Header: req.Header,
		Body: body.Data, Now: f.r.now(), MaxBody: f.r.cfg.maxBody(),
	})
	if err == nil {
		err = foreign.CheckSize(in.Parts, maxGrowth*f.r.cfg.maxBody())
	}
	if err != nil {
		return unreadableForeign(err)
	}
	f.count(d.Name, foreign.Rejected, in.Rejected)
	ctx := req.Context()
	if len(in.Parts) > 0 {
		if err := f.assembler.Take(ctx, d.Name, in.Parts); err != nil {
			return refusedData(err)
		}
	}
	id := tenancy.Sender(ctx)
	if d.Echo != nil {
		f.told.Parts(id, d.Name, in.Parts)
		f.told.Place(id, d.Name, in.Scores)
	}
	if len(in.Scores) > 0 {
		src := event.Source{Tenant: id.Tenant, Now: f.r.now(), Resource: pcommon.NewMap(), LogsAsSpans: f.r.logs == nil}
		if err := f.r.handOn(ctx, scoreRecords(id.Tenant, d.Name, in.Scores), src); err != nil {
			f.count(d.Name, foreign.Failed, len(in.Scores))
			return refusedData(err)
		}
		f.count(d.Name, foreign.Accepted, len(in.Scores))
	}
	writeAnswer(w, in.Answer)
	return nil
}

func noTraces() *problem {
	return &problem{Status: http.StatusNotFound, Code: "not_found", Detail: "this server has no traces pipeline with llm_event in it"}
}

// maxGrowth is how many times larger than a body may be the spans in it may become: formats say once what belongs to many.
const maxGrowth = 4

func unreadableForeign(err error) *problem {
	var syntax *jsontree.SyntaxError
	if errors.As(err, &syntax) {
		return unreadable(err)
	}
	if errors.Is(err, foreign.ErrTooLarge) {
		return &problem{Status: http.StatusRequestEntityTooLarge, Code: event.CodeTooLarge, Detail: err.Error()}
	}
	return &problem{Status: http.StatusBadRequest, Code: "unreadable_body", Detail: err.Error()}
}

func writeAnswer(w http.ResponseWriter, a foreign.Answer) {
	if a.Status == 0 {
		a.Status = http.StatusOK
	}
	if a.ContentType == "" {
		a.ContentType = "application/json"
	}
	if a.Body == nil {
		a.Body = []byte("{}")
	}
	w.Header().Set("Content-Type", a.ContentType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // nobody is left to tell
}

// scoreRecords are what evaluations become that came as events, so that both end in the same place.
func scoreRecords(tenant, vendor string, scores []foreign.Score) []*event.Record {
	records := make([]*event.Record, 0, len(scores))
	for i := range scores {
		s := &scores[i]
		s.Identify()
		rec := event.NewRecord(i, "watchllm.foreign/"+vendor)
		rec.Type, rec.Log, rec.Name = "evaluation", true, "gen_ai.evaluation.result"
		rec.ID, rec.Time = s.ID, s.Time
		s.Attributes.MoveTo(rec.Attrs)
		for _, a := range []struct{ key, value string }{
			{semconv.GenAIEvaluationName, s.Name}, {semconv.GenAIEvaluationScoreLabel, s.Label},
			{semconv.GenAIEvaluationExplanation, s.Explanation}, {semconv.GenAIConversationID, s.SessionID},
			{"watchllm.native.source", s.Source},
		} {
			if a.value != "" {
				rec.Attrs.PutStr(a.key, a.value)
			}
		}
		if s.HasValue {
			rec.Attrs.PutDouble(semconv.GenAIEvaluationScoreValue, s.Value)
		}
		if s.TraceID != "" {
			id, asIs := foreign.TraceIDOf(tenant, vendor, s.TraceID)
			rec.TraceID = id.String()
			if !asIs || rec.TraceID != s.TraceID {
				rec.Attrs.PutStr(semconv.WatchLLMNativeTraceID, s.TraceID)
			}
		}
		if s.SpanID != "" {
			id, asIs := foreign.SpanIDOf(tenant, vendor, s.SpanID)
			rec.SpanID = id.String()
			if !asIs {
				rec.Attrs.PutStr(semconv.WatchLLMNativeSpanID, s.SpanID)
			}
		}
		records = append(records, rec)
	}
	return records
}
