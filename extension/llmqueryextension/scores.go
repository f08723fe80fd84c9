package llmqueryextension

import (
	"cmp"
	"context"
	"maps"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/watchllm/watchllm/internal/eventid"
)

// scoreList is the body of /api/v1/scores.
type scoreList struct {
	Window window  `json:"window"`
	Scores []score `json:"scores"`
	// NextCursor is null on the last page.
	NextCursor *string `json:"next_cursor"`
}

// score is what somebody or something thought of an answer. What nobody said is null.
type score struct {
	// ID is the sender's, or made of what the score says.
	ID      string    `json:"id"`
	TraceID *string   `json:"trace_id"`
	SpanID  *string   `json:"span_id"`
	Time    time.Time `json:"time"`
	Name    *string   `json:"name"`
	// Value is null for a score that has a label only, or whose value is no finite number.
	Value          *float64          `json:"value"`
	Label          *string           `json:"label"`
	Explanation    *string           `json:"explanation"`
	Source         *string           `json:"source"`
	Evaluator      *string           `json:"evaluator"`
	TargetEventID  *string           `json:"target_event_id"`
	ResponseID     *string           `json:"response_id"`
	ConversationID *string           `json:"conversation_id"`
	UserID         *string           `json:"user_id"`
	Service        *string           `json:"service"`
	Environment    *string           `json:"environment"`
	Attributes     map[string]string `json:"attributes"`
}

type scoreRow struct {
	TraceID        string            `ch:"trace_id"`
	SpanID         string            `ch:"span_id"`
	ID             string            `ch:"id"`
	Time           time.Time         `ch:"time"`
	Name           string            `ch:"name"`
	Value          *float64          `ch:"value"`
	Label          string            `ch:"label"`
	Explanation    string            `ch:"explanation"`
	Source         string            `ch:"source"`
	Evaluator      string            `ch:"evaluator"`
	TargetEventID  string            `ch:"target_event_id"`
	ResponseID     string            `ch:"response_id"`
	ConversationID string            `ch:"conversation_id"`
	UserID         string            `ch:"user_id"`
	Service        string            `ch:"service_name"`
	Environment    string            `ch:"environment"`
	Attributes     map[string]string `ch:"attributes"`
}

// listedScore is a row of a list, which has a position in it.
type listedScore struct {
	scoreRow
	Position string `ch:"position"`
}

func newScore(r *scoreRow) score {
	return score{
		ID: r.ID, TraceID: orNull(r.TraceID), SpanID: orNull(r.SpanID), Time: r.Time.UTC(), Name: orNull(r.Name), Value: finite(r.Value),
		Label: orNull(r.Label), Explanation: orNull(r.Explanation), Source: orNull(r.Source), Evaluator: orNull(r.Evaluator),
		TargetEventID: orNull(r.TargetEventID), ResponseID: orNull(r.ResponseID), ConversationID: orNull(r.ConversationID),
		UserID: orNull(r.UserID), Service: orNull(r.Service), Environment: orNull(r.Environment), Attributes: r.Attributes,
	}
}

// finite is a number that JSON has a form for.
func finite(v *float64) *float64 {
	if v == nil || math.IsNaN(*v) || math.IsInf(*v, 0) {
		return nil
	}
	return v
}

// scoreFilters reads what narrows scores, each as text and "" for absent, which is how the statements take it.
func (p *params) scoreFilters() []arg {
	trace := p.text("trace_id")
	if trace != "" {
		if trace = normalizeTraceID(trace); !isTraceID(trace) {
			p.refuse("trace_id", "has 32 hexadecimal digits")
		}
	}
	out := []arg{{"trace_id", trace}}
	for _, name := range []string{"span_id", "name", "source", "user_id", "conversation_id"} {
		out = append(out, arg{name, p.text(name)})
	}
	return out
}

func (a *api) scores(ctx context.Context, sc scope, p *params, _ *http.Request) (any, error) {
	filters := p.scoreFilters()
	// A cursor of another list means nothing here.
	mark := fingerprint(append([]arg{{"list", "scores"}}, filters...))
	limit := p.integer("limit", min(defaultPageSize, a.limits.MaxPageSize), 1, a.limits.MaxPageSize)
	at, w := p.page(a.now(), &a.limits, mark)
	if err := p.err(); err != nil {
		return nil, err
	}
	args := append(w.args(), filters...)
	// One more than the page, to know whether there is another one.
	args = append(args, arg{"cursor_ns", at.LastNS}, arg{"cursor_id", at.LastID}, arg{"limit", limit + 1})
	rows, err := selectRows[listedScore](ctx, a.store, sc, stmtScores, args)
	if err != nil {
		return nil, err
	}
	out := &scoreList{Window: w, Scores: make([]score, 0, min(limit, len(rows)))}
	if len(rows) > limit {
		rows = rows[:limit]
		last := &rows[limit-1]
		next := cursor{
			Version: cursorVersion, StartNS: w.Start.UnixNano(), EndNS: w.End.UnixNano(),
			LastNS: last.Time.UnixNano(), LastID: last.Position, Filters: mark,
		}.String()
		out.NextCursor = &next
	}
	for i := range rows {
		out.Scores = append(out.Scores, newScore(&rows[i].scoreRow))
	}
	return out, nil
}

// scoreSummary is the body of /api/v1/scores/summary.
type scoreSummary struct {
	Window window `json:"window"`
	// Names are the most frequent first.
	Names []scoredName `json:"names"`
}

// scoredName is what was said under one name.
type scoredName struct {
	Name   *string `json:"name"`
	Scores uint64  `json:"scores"`
	// Valued are the scores that have a number; Average, Min and Max are theirs, and null without any.
	Valued  uint64   `json:"valued"`
	Average *float64 `json:"average"`
	Min     *float64 `json:"min"`
	Max     *float64 `json:"max"`
	Traces  uint64   `json:"traces"`
	// Labels are the most frequent ones, at most maxLabels.
	Labels []labelCount `json:"labels"`
}

type labelCount struct {
	Label  string `json:"label"`
	Scores uint64 `json:"scores"`
}

type scoredNameRow struct {
	Name    string            `ch:"name"`
	Scores  uint64            `ch:"scores"`
	Valued  uint64            `ch:"valued"`
	Average *float64          `ch:"average"`
	Least   *float64          `ch:"least"`
	Most    *float64          `ch:"most"`
	Traces  uint64            `ch:"traces"`
	Labels  map[string]uint64 `ch:"labels"`
}

// Names and labels come from payloads.
const (
	maxScoreNames = 1000
	maxLabels     = 50
)

func (a *api) scoreSummary(ctx context.Context, sc scope, p *params, _ *http.Request) (any, error) {
	filters := p.scoreFilters()
	w := p.window(a.now(), &a.limits)
	if err := p.err(); err != nil {
		return nil, err
	}
	rows, err := selectRows[scoredNameRow](ctx, a.store, sc, stmtScoreSummary, append(append(w.args(), filters...), arg{"limit", maxScoreNames}))
	if err != nil {
		return nil, err
	}
	out := &scoreSummary{Window: w, Names: make([]scoredName, 0, len(rows))}
	for i := range rows {
		r := &rows[i]
		n := scoredName{Name: orNull(r.Name), Scores: r.Scores, Valued: r.Valued, Traces: r.Traces, Labels: []labelCount{}}
		if r.Valued > 0 {
			n.Average, n.Min, n.Max = finite(r.Average), finite(r.Least), finite(r.Most)
		}
		labels := slices.SortedFunc(maps.Keys(r.Labels), func(a, b string) int {
			return cmp.Or(cmp.Compare(r.Labels[b], r.Labels[a]), cmp.Compare(a, b))
		})
		for _, label := range labels[:min(maxLabels, len(labels))] {
			n.Labels = append(n.Labels, labelCount{label, r.Labels[label]})
		}
		out.Names = append(out.Names, n)
	}
	return out, nil
}

// readScores reads the scores of a trace, or of one of its spans.
func (a *api) readScores(ctx context.Context, sc scope, args []arg) ([]score, error) {
	rows, err := selectRows[scoreRow](ctx, a.store, sc, stmtTraceScores, append(slices.Clone(args), arg{"limit", a.limits.MaxSpans}))
	out := make([]score, 0, len(rows))
	for i := range rows {
		out = append(out, newScore(&rows[i]))
	}
	return out, err
}

// placeScores puts scores beside the spans they are about, and returns those of the trace as a whole, or of spans that are not there.
func placeScores(tenant string, nodes []*spanNode, scores []score) []score {
	rest := []score{}
	if len(scores) == 0 {
		return rest
	}
	byID := make(map[string]*spanNode, len(nodes))
	for _, n := range nodes {
		if n.nativeID != "" { // as a receiver calls the span of an event that it did not see
			byID[eventid.Span(tenant, n.nativeID).String()] = n
		}
	}
	for _, n := range nodes {
		byID[n.SpanID] = n
	}
	for _, s := range scores {
		if s.SpanID != nil && byID[*s.SpanID] != nil {
			n := byID[*s.SpanID]
			n.Scores = append(n.Scores, s)
			continue
		}
		rest = append(rest, s)
	}
	return rest
}
