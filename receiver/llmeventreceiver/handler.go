package llmeventreceiver

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/watchllm/watchllm/internal/inflight"
	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
)

// deprecated is when version 0 of the contract was succeeded, in the form of RFC 9745: 23 November 2026.
const deprecated = "@1795392000"

// successor is where clients of version 0 find what succeeded it.
const successor = `</api/v1/schema/events/1>; rel="successor-version"`

// eventPaths take the same forms.
var eventPaths = []string{"/api/v1/events", "/api/v1/events/batch"}

// handler routes requests. Everything but health checks, and what other vendors' clients ask before they send, needs a key.
func (r *eventReceiver) handler() http.Handler {
	mux := http.NewServeMux()
	for _, path := range eventPaths {
		mux.HandleFunc(path, r.events)
	}
	routeSchemas(mux)
	for _, path := range []string{"/livez", "/api/healthz"} {
		mux.HandleFunc(path, alive)
	}
	if r.foreign != nil {
		r.foreign.route(mux)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		(&problem{Status: http.StatusNotFound, Code: "not_found", Detail: "nothing is served here: events are taken at POST /api/v1/events, and read from the query API"}).write(w)
	})
	return mux
}

func alive(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, "application/json", map[string]string{"status": "ok"})
}

func (r *eventReceiver) events(w http.ResponseWriter, req *http.Request) {
	answer := &statusWriter{ResponseWriter: w}
	defer func() {
		r.telemetry.ReceiverLlmEventRequests.Add(req.Context(), 1, metric.WithAttributes(attribute.Int("status", answer.status)))
	}()
	if req.Method != http.MethodPost {
		answer.Header().Set("Allow", http.MethodPost)
		(&problem{Status: http.StatusMethodNotAllowed, Code: "method_not_allowed", Detail: "events are sent with POST"}).write(answer)
		return
	}
	authenticated, p := r.gate.enter(req)
	if p == nil {
		p = r.take(answer, authenticated)
	}
	if p != nil {
		p.write(answer)
	}
}

// take reads the events of a request, hands them on and answers; it returns the answer if nothing was taken.
func (r *eventReceiver) take(w http.ResponseWriter, req *http.Request) *problem {
	ctx := req.Context()
	asLines, p := mediaType(req.Header.Get("Content-Type"))
	if p != nil {
		return p
	}
	id := tenancy.Sender(ctx)
	owner := id.Owner()
	body, p := r.readBody(req, id.Tenant)
	if p != nil {
		return p
	}
	defer body.Release()
	d := newDecoder(r.cfg, id.Project, r.now())
	read := d.json
	if asLines {
		read = d.lines
	}
	in, p := read(body.Data)
	if p != nil {
		return p
	}
	if in.form.seeds > 0 {
		w.Header().Set("Deprecation", deprecated)
		w.Header().Set("Link", successor)
	}
	r.refuseHomeless(in)
	in.complete()
	ids := make([]string, 0, len(in.records))
	for _, rec := range in.records {
		ids = append(ids, rec.ID)
		if rec.ForeignProject {
			r.telemetry.ReceiverLlmEventForeignProjects.Add(ctx, 1)
		}
	}
	revised := r.revise(in, owner, body)
	if revised.full {
		revised.abort()
		return unreadableBody(inflight.ErrNoRoom, 0)
	}
	records, duplicates := event.Link(in.records)
	distinct := idsOf(records)
	duplicates += in.duplicates + r.seen.Count(owner, distinct)
	slices.SortStableFunc(in.rejected, func(a, b *event.Rejection) int { return a.Index - b.Index })
	r.countRejections(ctx, in.rejected)
	r.countLate(ctx, in)
	taken := len(ids) + in.merged
	if taken == 0 && len(in.rejected) > 0 {
		return nothingTaken(in)
	}
	src := event.Source{Tenant: id.Tenant, Now: d.now, Resource: in.resource, LogsAsSpans: r.logs == nil}
	traces, logs := event.Encode(records, src)
	revised.encode(traces, src)
	if err := r.deliver(ctx, traces, logs); err != nil {
		revised.abort()
		r.count(ctx, "failed", taken)
		return refusedData(err)
	}
	revised.commit(in, src, records)
	r.seen.Put(owner, distinct)
	r.count(ctx, "accepted", taken-duplicates)
	r.count(ctx, "duplicate", duplicates)
	writeJSON(w, http.StatusAccepted, "application/json", in.accepted(ids, duplicates, req.URL.Path))
	return nil
}

// idsOf are the ids of the records that Link kept, and of the usage that it joined to them.
func idsOf(records []*event.Record) []string {
	ids := make([]string, 0, len(records))
	for _, rec := range records {
		ids = append(ids, rec.ID)
		for _, joined := range rec.Joined {
			if !joined.Log {
				ids = append(ids, joined.ID)
			}
		}
	}
	return ids
}

// refuseHomeless rejects spans where no pipeline takes traces.
func (r *eventReceiver) refuseHomeless(in *request) {
	if r.traces != nil {
		return
	}
	kept := in.records[:0]
	for _, rec := range in.records {
		if rec.Log {
			kept = append(kept, rec)
			continue
		}
		in.refuseSpan(rec.Index, rec.ID)
	}
	in.records = kept
	for _, m := range in.late {
		in.refuseSpan(m.Index, m.id)
	}
	in.late = nil
}

func (in *request) refuseSpan(index int, id string) {
	in.rejected = append(in.rejected, &event.Rejection{
		Index: index, ID: id, Code: event.CodeUnsupportedEvent, Field: "type",
		Message: "becomes a span, and this server has no traces pipeline with llm_event in it",
	})
}

func (r *eventReceiver) handOn(ctx context.Context, records []*event.Record, src event.Source) error {
	traces, logs := event.Encode(records, src)
	return r.deliver(ctx, traces, logs)
}

func (r *eventReceiver) deliver(ctx context.Context, traces ptrace.Traces, logs plog.Logs) error {
	if n := traces.SpanCount(); n > 0 {
		opCtx := r.obs.StartTracesOp(ctx)
		err := r.traces.ConsumeTraces(opCtx, traces)
		r.obs.EndTracesOp(opCtx, "json", n, err)
		if err != nil {
			return err
		}
	}
	if n := logs.LogRecordCount(); n > 0 {
		opCtx := r.obs.StartLogsOp(ctx)
		err := r.logs.ConsumeLogs(opCtx, logs)
		r.obs.EndLogsOp(opCtx, "json", n, err)
		return err
	}
	return nil
}

func (r *eventReceiver) count(ctx context.Context, result string, n int) {
	if n > 0 {
		r.telemetry.ReceiverLlmEventEvents.Add(ctx, int64(n), metric.WithAttributes(attribute.String("result", result)))
	}
}

func (r *eventReceiver) countRejections(ctx context.Context, rejected []*event.Rejection) {
	r.count(ctx, "rejected", len(rejected))
	for _, rej := range rejected {
		r.telemetry.ReceiverLlmEventRejections.Add(ctx, 1, metric.WithAttributes(attribute.String("code", rej.Code)))
	}
}

// mediaType tells whether the body is one JSON value or one a line. Browsers that leave a page can only send text/plain.
func mediaType(contentType string) (lines bool, p *problem) {
	if contentType == "" {
		return false, nil
	}
	media, _, err := mime.ParseMediaType(contentType)
	switch {
	case err != nil:
	case media == "application/json", media == "text/plain", media == "text/json", strings.HasSuffix(media, "+json"):
		return false, nil
	case media == "application/x-ndjson", media == "application/ndjson", media == "application/jsonl", media == "application/x-jsonlines":
		return true, nil
	}
	return false, &problem{
		Status: http.StatusUnsupportedMediaType, Code: "unsupported_media_type",
		Detail: fmt.Sprintf("Content-Type %s is not supported; send application/json or application/x-ndjson", strconv.Quote(contentType)),
	}
}

// statusWriter remembers the status for the metric.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
