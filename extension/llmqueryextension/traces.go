package llmqueryextension

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// traceList is the body of /api/v1/traces.
type traceList struct {
	Window window      `json:"window"`
	Basis  basis       `json:"basis"`
	Traces []traceCard `json:"traces"`
	// NextCursor is null on the last page.
	NextCursor *string `json:"next_cursor"`
}

// traceCard is what a list shows of one trace. All its spans count, also those outside the list's window.
type traceCard struct {
	TraceID string `json:"trace_id"`
	// Name, service and environment are the root's, or the earliest span's while the root is missing.
	Name        string  `json:"name"`
	Service     *string `json:"service"`
	Environment *string `json:"environment"`
	RootMissing bool    `json:"root_missing"`
	// Status is the root's: unset, ok or error.
	Status         string      `json:"status"`
	Start          time.Time   `json:"start"`
	End            time.Time   `json:"end"`
	DurationMS     float64     `json:"duration_ms"`
	Spans          uint64      `json:"spans"`
	Errors         uint64      `json:"errors"`
	UserID         *string     `json:"user_id"`
	ConversationID *string     `json:"conversation_id"`
	Calls          uint64      `json:"calls"`
	Models         []string    `json:"models"`
	Providers      []string    `json:"providers"`
	Tokens         traceTokens `json:"tokens"`
	// Cost is an exact decimal string in Currency, or null when no call's cost is known.
	Cost         *string `json:"cost"`
	Currency     string  `json:"currency"`
	CostComplete bool    `json:"cost_complete"`
	// Booked is what Cost was before Corrections were made to its calls; the same as Cost where there are none.
	Booked      *string `json:"cost_booked"`
	Corrections uint64  `json:"corrections"`
}

// traceTokens are the sums over a trace's calls.
type traceTokens struct {
	Input  count `json:"input"`
	Output count `json:"output"`
	Total  count `json:"total"`
}

type traceKeyRow struct {
	TraceID string `ch:"trace_id"`
	FirstNS int64  `ch:"first_ns"`
}

type traceCardRow struct {
	TraceID        string    `ch:"trace_id"`
	RootName       string    `ch:"root_span"`
	Service        string    `ch:"root_service"`
	Environment    string    `ch:"root_environment"`
	HasRoot        bool      `ch:"has_root"`
	Status         string    `ch:"root_status"`
	Start          time.Time `ch:"trace_start"`
	End            time.Time `ch:"trace_end"`
	Spans          uint64    `ch:"spans"`
	Errors         uint64    `ch:"failed_spans"`
	UserID         string    `ch:"first_user"`
	ConversationID string    `ch:"first_conversation"`
	Calls          uint64    `ch:"calls"`
	Models         []string  `ch:"models"`
	Providers      []string  `ch:"providers"`
	Input          *uint64   `ch:"input_total"`
	InputUnknown   uint64    `ch:"input_unknown"`
	Output         *uint64   `ch:"output_total"`
	OutputUnknown  uint64    `ch:"output_unknown"`
	TotalUnknown   uint64    `ch:"total_unknown"`
	Booked         *string   `ch:"booked_total"`
	BookedUnknown  uint64    `ch:"booked_unknown"`
	BookedPartial  uint64    `ch:"booked_partial"`
	Known          *string   `ch:"known_total"`
	KnownUnknown   uint64    `ch:"known_unknown"`
	KnownPartial   uint64    `ch:"known_partial"`
	Corrections    uint64    `ch:"corrections"`
}

const defaultPageSize = 50

func (a *api) traces(ctx context.Context, sc scope, p *params, _ *http.Request) (any, error) {
	b, filters := p.basis(), p.traceFilters()
	mark := listMark(filters, b)
	limit := p.integer("limit", min(defaultPageSize, a.limits.MaxPageSize), 1, a.limits.MaxPageSize)
	at, w := p.page(a.now(), &a.limits, mark)
	if err := p.err(); err != nil {
		return nil, err
	}
	// One more than the page, to know whether there is another one.
	found, err := a.findTraces(ctx, sc, w, b, at, filters, limit+1)
	if err != nil {
		return nil, err
	}
	out := &traceList{Window: w, Basis: b, Traces: make([]traceCard, 0, min(limit, len(found)))}
	if len(found) > limit {
		found = found[:limit]
		last := found[limit-1].key
		next := cursor{
			Version: cursorVersion, StartNS: w.Start.UnixNano(), EndNS: w.End.UnixNano(),
			LastNS: last.FirstNS, LastID: last.TraceID, Filters: mark,
		}.String()
		out.NextCursor = &next
	}
	for _, f := range found {
		out.Traces = append(out.Traces, newTraceCard(f.card, b))
	}
	return out, nil
}

// foundTrace is a trace with its position in the list.
type foundTrace struct {
	key  traceKeyRow
	card *traceCardRow
}

// firstLook is the part of the window that is read first: a list is mostly read from its top. Where that
// does not fill the page, a whole window has at most some thousand traces, or a filter that finds few.
const firstLook = 64

// findTraces returns up to n traces below the cursor, newest first.
func (a *api) findTraces(ctx context.Context, sc scope, w window, b basis, at cursor, filters []arg, n int) ([]foundTrace, error) {
	top := w.End
	if at.LastID != "" {
		top = time.Unix(0, at.LastNS).UTC()
	}
	if look := (window{Start: top.Add(-w.End.Sub(w.Start) / firstLook), End: w.End}); look.Start.After(w.Start) {
		found, err := a.lookForTraces(ctx, sc, look, b, at, filters, n)
		if err != nil {
			return nil, err
		}
		// What began before this look has its place further down the list.
		found = slices.DeleteFunc(found, func(f foundTrace) bool { return f.card.Start.Before(look.Start) })
		if len(found) >= n {
			return found, nil
		}
	}
	return a.lookForTraces(ctx, sc, w, b, at, filters, n)
}

func (a *api) lookForTraces(ctx context.Context, sc scope, w window, b basis, at cursor, filters []arg, n int) ([]foundTrace, error) {
	args := append(w.args(), filters...)
	args = append(args, arg{"cursor_ns", at.LastNS}, arg{"cursor_id", at.LastID}, arg{"limit", n})
	name := stmtTraces
	if asksForMoney(filters) {
		var err error
		if name, err = a.on(ctx, sc, b, w, name); err != nil {
			return nil, err
		}
	}
	keys, err := selectRows[traceKeyRow](ctx, a.store, sc, name, args)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	return a.traceCards(ctx, sc, keys, w)
}

// traceFilters reads what narrows a list, each as text and "" for absent, which is how the statement takes it.
func (p *params) traceFilters() []arg {
	var out []arg
	for _, name := range []string{"model", "provider", "user_id", "conversation_id", "service", "q"} {
		out = append(out, arg{name, p.text(name)})
	}
	return append(out,
		arg{"status", p.choice("status", "", "unset", "ok", "error")},
		arg{"has_error", p.boolean("has_error")},
		arg{"min_cost", p.decimal("min_cost")},
	)
}

// listMark tells a list from those with other filters or on another basis.
func listMark(filters []arg, b basis) string {
	return fingerprint(append(slices.Clone(filters), arg{"basis", string(b)}))
}

func asksForMoney(filters []arg) bool {
	return slices.ContainsFunc(filters, func(a arg) bool { return a.name == "min_cost" && a.value != "" })
}

// page reads the cursor, or the time range of a first page.
func (p *params) page(now time.Time, limits *LimitsConfig, filters string) (cursor, window) {
	text := p.text("cursor")
	if text == "" {
		return beforeAll(), p.window(now, limits)
	}
	for _, name := range []string{"hours", "start", "end"} {
		if p.text(name) != "" {
			p.refuse(name, "the cursor already holds the time range; leave it out")
		}
	}
	at, ok := parseCursor(text)
	switch {
	case !ok:
		p.refuse("cursor", "is not a next_cursor of this list")
	case at.Filters != filters:
		p.refuse("cursor", "belongs to a list with other filters; send the same filters as for the first page")
	case at.window().End.Sub(at.window().Start) > limits.MaxWindow:
		p.refuse("cursor", "its time range is longer than the limit")
	}
	return at, at.window()
}

// traceCards reads what is shown of the traces, in the order of keys.
func (a *api) traceCards(ctx context.Context, sc scope, keys []traceKeyRow, w window) ([]foundTrace, error) {
	ids := make([]string, len(keys))
	for i, k := range keys {
		ids[i] = k.TraceID
	}
	// Newest first: nothing of the page that lies in the window begins before its last trace.
	args := []arg{{"trace_ids", ids}, {"first_ns", keys[len(keys)-1].FirstNS}, {"last_ns", w.End.UnixNano()}}
	rows, err := selectRows[traceCardRow](ctx, a.store, sc, stmtTraceCards, args)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]*traceCardRow, len(rows))
	for i := range rows {
		byID[rows[i].TraceID] = &rows[i]
	}
	out := make([]foundTrace, 0, len(keys))
	for _, k := range keys {
		// A trace may have expired between the two statements.
		if row, ok := byID[k.TraceID]; ok {
			out = append(out, foundTrace{k, row})
		}
	}
	return out, nil
}

func newTraceCard(r *traceCardRow, b basis) traceCard {
	cost, unknown, partial := r.Known, r.KnownUnknown, r.KnownPartial
	if b == basisBooked {
		cost, unknown, partial = r.Booked, r.BookedUnknown, r.BookedPartial
	}
	return traceCard{
		TraceID: r.TraceID, Name: r.RootName, Service: orNull(r.Service), Environment: orNull(r.Environment),
		RootMissing: !r.HasRoot, Status: r.Status,
		Start: r.Start.UTC(), End: r.End.UTC(), DurationMS: *milliseconds(float64(r.End.Sub(r.Start)) / 1e6),
		Spans: r.Spans, Errors: r.Errors, UserID: orNull(r.UserID), ConversationID: orNull(r.ConversationID),
		Calls: r.Calls, Models: r.Models, Providers: r.Providers,
		Tokens: traceTokens{
			Input:  count{r.Input, r.InputUnknown},
			Output: count{r.Output, r.OutputUnknown},
			Total:  count{addKnown(r.Input, r.Output), r.TotalUnknown},
		},
		Cost: cost, Currency: currency, CostComplete: unknown == 0 && partial == 0,
		Booked: r.Booked, Corrections: r.Corrections,
	}
}

var traceIDPattern = regexp.MustCompile(`^[0-9a-f]{32}$`)

func isTraceID(s string) bool { return traceIDPattern.MatchString(s) }

// normalizeTraceID accepts what people paste: upper case, and UUIDs, which the original service's clients
// use as trace ids.
func normalizeTraceID(s string) string {
	s = strings.ToLower(s)
	if len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-' {
		s = strings.ReplaceAll(s, "-", "")
	}
	return s
}
