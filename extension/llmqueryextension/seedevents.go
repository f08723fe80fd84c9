package llmqueryextension

import (
	"context"
	"net/http"
	"time"
)

// seedEvents is the body of /events.
type seedEvents struct {
	Window window      `json:"window"`
	Events []seedEvent `json:"events"`
	Limit  int         `json:"limit"`
	Offset int         `json:"offset"`
	// HasMore is true when a page follows.
	HasMore bool `json:"has_more"`
}

// seedEvent is one event, or a span that did not come as one. What nobody reported is null.
type seedEvent struct {
	// EventID is the sender's id; of a span that came otherwise, its trace and span id with a colon between.
	EventID      string    `json:"event_id"`
	ProjectID    string    `json:"project_id"`
	Type         string    `json:"type"`
	Timestamp    time.Time `json:"timestamp"`
	SDK          seedSDK   `json:"sdk"`
	TraceID      string    `json:"trace_id"`
	SpanID       string    `json:"span_id"`
	ParentSpanID *string   `json:"parent_span_id"`
	UserID       *string   `json:"user_id"`
	SessionID    *string   `json:"session_id"`
	Name         string    `json:"name"`
	Status       string    `json:"status"`
	Error        *string   `json:"error"`
	ErrorType    *string   `json:"error_type"`
	LatencyMS    float64   `json:"latency_ms"`
	Model        *string   `json:"model"`
	InputTokens  *uint64   `json:"input_tokens"`
	OutputTokens *uint64   `json:"output_tokens"`
	// Cost is an exact decimal string in Currency.
	Cost       *string `json:"cost"`
	Currency   *string `json:"currency"`
	CostStatus *string `json:"cost_status"`
}

// seedEventDetail is the body of /events/{event_id}.
type seedEventDetail struct {
	seedEvent
	// Span is everything that is stored of the event, content included.
	Span *spanNode `json:"span"`
}

type seedSDK struct {
	Name    *string `json:"name"`
	Version *string `json:"version"`
}

type seedEventRow struct {
	EventID       string    `ch:"event_id"`
	Type          string    `ch:"event_type"`
	TraceID       string    `ch:"trace_id"`
	SpanID        string    `ch:"span_id"`
	ParentSpanID  string    `ch:"parent_span_id"`
	Start         time.Time `ch:"start_time"`
	DurationNS    uint64    `ch:"duration_ns"`
	Name          string    `ch:"name"`
	Status        string    `ch:"status_code"`
	StatusMessage string    `ch:"status_message"`
	ErrorType     string    `ch:"error_type"`
	Model         string    `ch:"model"`
	InputTokens   *uint64   `ch:"input_tokens"`
	OutputTokens  *uint64   `ch:"output_tokens"`
	Cost          *string   `ch:"cost"`
	Currency      string    `ch:"cost_currency"`
	CostStatus    string    `ch:"cost_status"`
	UserID        string    `ch:"user_id"`
	SessionID     string    `ch:"conversation_id"`
	SDKName       string    `ch:"sdk_name"`
	SDKVersion    string    `ch:"sdk_version"`
}

const (
	seedPageSize    = 100
	seedMaxPageSize = 1000
	// seedMaxOffset bounds what a page far down the list costs.
	seedMaxOffset = 100_000
	// seedReach is how far back is looked where no time is named; the original service knew no default.
	seedReach = maxHours * time.Hour
)

func (a *api) seedEvents(ctx context.Context, sc scope, p *params, _ *http.Request) (any, error) {
	typ := p.text("type")
	limit, offset := p.integer("limit", seedPageSize, 1, seedMaxPageSize), p.integer("offset", 0, 0, seedMaxOffset)
	looks := a.seedLooks(p)
	if err := p.err(); err != nil {
		return nil, err
	}
	var out seedEvents
	for _, w := range looks {
		rows, err := a.findEvents(ctx, sc, w, []arg{{"type", typ}, {"event_id", ""}, {"limit", limit + 1}, {"offset", offset}})
		if err != nil {
			return nil, err
		}
		out = seedEvents{Window: w, Events: make([]seedEvent, 0, len(rows)), Limit: limit, Offset: offset, HasMore: len(rows) > limit}
		for i := range rows[:min(limit, len(rows))] {
			out.Events = append(out.Events, newSeedEvent(&rows[i], sc))
		}
		if out.HasMore {
			break
		}
	}
	return &out, nil
}

// seedEvent answers for one event with all that is stored of it.
func (a *api) seedEvent(ctx context.Context, sc scope, p *params, r *http.Request) (any, error) {
	looks := a.seedLooks(p)
	if err := p.err(); err != nil {
		return nil, err
	}
	id := r.PathValue("event_id")
	if len(id) > maxParameterBytes {
		return nil, errNotFound("There is no event with this id in the project.")
	}
	for _, w := range looks {
		rows, err := a.findEvents(ctx, sc, w, []arg{{"type", ""}, {"event_id", id}, {"limit", 1}, {"offset", 0}})
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			continue
		}
		node, err := a.spanNode(ctx, sc, basisKnown, rows[0].TraceID, rows[0].SpanID)
		if err != nil {
			return nil, err
		}
		return &seedEventDetail{newSeedEvent(&rows[0], sc), node}, nil
	}
	return nil, errNotFound("There is no event with this id in the project and time range.")
}

func (a *api) findEvents(ctx context.Context, sc scope, w window, args []arg) ([]seedEventRow, error) {
	name, err := a.on(ctx, sc, basisKnown, w, stmtEvents)
	if err != nil {
		return nil, err
	}
	return selectRows[seedEventRow](ctx, a.store, sc, name, append(w.args(), args...))
}

// seedLooks are the time ranges to look at, one after the other until a page is full: the one that is named, or else the usual one
// and, behind it, everything of the last month.
func (a *api) seedLooks(p *params) []window {
	start, end := p.seedInstant("start_time"), p.seedInstant("end_time")
	now := a.now().UTC()
	open := start.IsZero()
	if end.IsZero() {
		end = now
	}
	if open {
		start = end.Add(-min(seedReach, a.limits.MaxWindow))
	}
	if p.failed() {
		return nil
	}
	switch length := end.Sub(start); {
	case length <= 0:
		p.refuse("start_time", "must be before end_time")
	case length > a.limits.MaxWindow:
		p.refuse("start_time", "the time range is longer than the limit of "+a.limits.MaxWindow.String())
	}
	if look := end.Add(-a.limits.DefaultWindow); open && look.After(start) {
		return []window{{look, end}, {start, end}}
	}
	return []window{{start, end}}
}

// seedInstant is instant, and takes a time without a zone for UTC, as the original service did.
func (p *params) seedInstant(name string) time.Time {
	if t, err := time.Parse("2006-01-02T15:04:05.999999999", p.text(name)); err == nil && t.After(earliest) && t.Before(latest) {
		return t
	}
	return p.instant(name)
}

func newSeedEvent(r *seedEventRow, sc scope) seedEvent {
	return seedEvent{
		EventID: r.EventID, ProjectID: sc.project, Type: r.Type, Timestamp: r.Start.UTC(),
		SDK:     seedSDK{orNull(r.SDKName), orNull(r.SDKVersion)},
		TraceID: r.TraceID, SpanID: r.SpanID, ParentSpanID: orNull(r.ParentSpanID), UserID: orNull(r.UserID), SessionID: orNull(r.SessionID),
		Name: r.Name, Status: r.Status, Error: orNull(r.StatusMessage), ErrorType: orNull(r.ErrorType),
		LatencyMS: *milliseconds(float64(r.DurationNS) / 1e6), Model: orNull(r.Model),
		InputTokens: r.InputTokens, OutputTokens: r.OutputTokens,
		Cost: r.Cost, Currency: orNull(r.Currency), CostStatus: orNull(r.CostStatus),
	}
}

// seedTypes is the body of /stats/events-by-type.
type seedTypes struct {
	Window      window     `json:"window"`
	TotalEvents uint64     `json:"total_events"`
	Types       []seedType `json:"types"`
	// Truncated is true when rarer types were left out.
	Truncated bool `json:"truncated"`
}

type seedType struct {
	Type   string `json:"type"   ch:"event_type"`
	Events uint64 `json:"events" ch:"events"`
	Errors uint64 `json:"errors" ch:"errors"`
}

func (a *api) seedTypes(ctx context.Context, sc scope, p *params, _ *http.Request) (any, error) {
	w := p.window(a.now(), &a.limits)
	if err := p.err(); err != nil {
		return nil, err
	}
	rows, err := selectRows[seedType](ctx, a.store, sc, stmtEventTypes, append(w.args(), arg{"limit", a.limits.MaxModels + 1}))
	if err != nil {
		return nil, err
	}
	out := &seedTypes{Window: w, Types: append([]seedType{}, rows...)}
	if len(rows) > a.limits.MaxModels {
		out.Types, out.Truncated = out.Types[:a.limits.MaxModels], true
	}
	for _, r := range out.Types {
		out.TotalEvents += r.Events
	}
	return out, nil
}

// seedProjects is the body of /projects: what the key may read without saying more.
type seedProjects struct {
	Projects []seedProject `json:"projects"`
}

type seedProject struct {
	ID string `json:"id"`
}

func (a *api) seedProjects(_ context.Context, sc scope, p *params, _ *http.Request) (any, error) {
	if err := p.err(); err != nil {
		return nil, err
	}
	return &seedProjects{Projects: []seedProject{{sc.project}}}, nil
}

// seedAbsent are paths of the original service that nothing stands behind here, with what a client is told of them.
var seedAbsent = map[string]string{
	"/alerts":          "This server has no alert rules.",
	"/billing":         "This server has no billing.",
	"/prompt-versions": "This server keeps no prompt versions.",
	"/auth":            "This server has no accounts; a key is made with `watchllmctl keys create`.",
}

func absent(detail string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { errNotFound(detail).write(w, r) }
}
