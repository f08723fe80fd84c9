package llmqueryextension

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.uber.org/zap"

	"github.com/watchllm/watchllm/extension/llmqueryextension/internal/metadata"
)

// api answers the HTTP requests. It holds no state but the readiness cache.
type api struct {
	gate      *gate
	store     *store
	ready     *readiness
	prices    *priceBook
	limits    LimitsConfig
	logger    *zap.Logger
	telemetry *metadata.TelemetryBuilder
	now       func() time.Time
}

// endpoint answers one question about one scope. It returns a value to encode as JSON, or an error.
type endpoint func(a *api, ctx context.Context, sc scope, p *params, r *http.Request) (any, error)

// route is one path of the API.
type route struct {
	path string
	// open routes need no key and show no tenant's data.
	open http.HandlerFunc
	// answer is nil for open routes.
	answer endpoint
	// seed routes are the original service's paths; they ignore parameters they do not know.
	seed bool
}

// routes is the whole API; the OpenAPI document lists the same paths, which a test proves.
func (a *api) routes() []route {
	return []route{
		{path: "/livez", open: a.live},
		{path: "/healthz", open: a.health},
		{path: "/api/healthz", open: a.health},
		{path: "/readyz", open: a.readyz},
		{path: "/api/v1/openapi.json", open: serveOpenAPI},

		{path: "/api/v1/stats/overview", answer: (*api).overview},
		{path: "/api/v1/stats/timeseries", answer: (*api).timeseries},
		{path: "/api/v1/stats/models", answer: (*api).models},
		{path: "/api/v1/traces", answer: (*api).traces},
		{path: "/api/v1/traces/{trace_id}", answer: (*api).trace},
		{path: "/api/v1/traces/{trace_id}/spans/{span_id}", answer: (*api).span},
		{path: "/api/v1/spans/{trace_id}/{span_id}/cost", answer: (*api).spanCost},
		{path: "/api/v1/scores", answer: (*api).scores},
		{path: "/api/v1/scores/summary", answer: (*api).scoreSummary},
		{path: "/api/v1/prices", answer: (*api).priceList},
		{path: "/api/v1/prices/unknown", answer: (*api).unknownModels},
		{path: "/api/v1/prices/book", answer: (*api).bookFacts},

		{path: "/stats/overview", answer: (*api).seedOverview, seed: true},
		{path: "/stats/tokens", answer: (*api).models, seed: true},
		{path: "/stats/timeseries", answer: (*api).timeseries, seed: true},
		{path: "/stats/events-by-type", answer: (*api).seedTypes, seed: true},
		{path: "/events", answer: (*api).seedEvents, seed: true},
		{path: "/events/{event_id}", answer: (*api).seedEvent, seed: true},
		{path: "/projects", answer: (*api).seedProjects, seed: true},
		{path: "/traces", answer: (*api).traces, seed: true},
		{path: "/traces/{trace_id}", answer: (*api).trace, seed: true},
	}
}

// pattern is the route that answers a path, or "".
func (a *api) pattern(path string) string {
	mux := http.NewServeMux()
	for _, rt := range a.routes() {
		mux.Handle(rt.path, http.NotFoundHandler())
	}
	_, own := mux.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}})
	return own
}

// handler is the API without the listener's own layers (TLS, CORS, telemetry), which confighttp adds.
func (a *api) handler() http.Handler {
	mux := http.NewServeMux()
	for _, rt := range a.routes() {
		serve := rt.open
		if serve == nil {
			serve = a.tenantBound(rt)
		}
		mux.HandleFunc("GET "+rt.path, serve)
		mux.HandleFunc(rt.path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", "GET, HEAD")
			errMethod(r.Method).write(w, r)
		})
	}
	for path, detail := range seedAbsent {
		mux.HandleFunc(path, absent(detail))
		mux.HandleFunc(path+"/", absent(detail))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		errNotFound("There is no such path; see /api/v1/openapi.json.").write(w, r)
	})
	var h http.Handler = mux
	if a.gate.authenticator == nil {
		h = onlyLocalNames(h, func(r *http.Request) { a.countRefusal(r, "host") })
	}
	return a.outermost(compressed(h))
}

// tenantBound wraps an endpoint with everything that stands between a request and tenant data.
func (a *api) tenantBound(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, id, err := a.gate.identify(r)
		if err != nil {
			a.fail(w, r, err)
			return
		}
		query := r.URL.Query()
		for _, name := range a.gate.parameters {
			query.Del(name)
		}
		p := newParams(query, rt.seed)
		sc, err := newScope(ctx, id, p.text("project_id"))
		if err != nil {
			a.fail(w, r, err)
			return
		}
		answer, err := rt.answer(a, ctx, sc, p, r)
		if err != nil {
			a.fail(w, r, err)
			return
		}
		if err := writeJSON(w, http.StatusOK, answer); err != nil {
			a.fail(w, r, err)
		}
	}
}

// fail answers with the problem that stands for the error. Only faults that are not the client's own are logged.
func (a *api) fail(w http.ResponseWriter, r *http.Request, err error) {
	p, ok := errors.AsType[*problem](err)
	if ok {
		switch p.Status {
		case http.StatusUnauthorized:
			a.countRefusal(r, "unauthenticated")
		case http.StatusForbidden:
			a.countRefusal(r, "forbidden")
		}
		p.write(w, r)
		return
	}
	p = errInternal()
	if e, ok := errors.AsType[*storeError](err); ok {
		if e.outcome == outcomeCanceled {
			return
		}
		p = e.problem
	}
	log := a.logger.Error
	// An outage is logged once, when it begins; a question that was too large is the asker's.
	if p.Status == http.StatusServiceUnavailable || p.Status == http.StatusUnprocessableEntity {
		log = a.logger.Debug
	}
	log("request failed", zap.String("request_id", requestID(r.Context())), zap.String("route", r.Pattern), zap.Error(err))
	p.write(w, r)
}

func (a *api) countRefusal(r *http.Request, reason string) {
	a.telemetry.ExtensionLlmQueryRefusedRequests.Add(context.WithoutCancel(r.Context()), 1,
		metric.WithAttributes(attribute.String("reason", reason)))
}
