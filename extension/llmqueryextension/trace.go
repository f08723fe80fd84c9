package llmqueryextension

import (
	"context"
	"math"
	"net/http"
	"time"
)

// traceDetail is the body of /api/v1/traces/{trace_id}.
type traceDetail struct {
	TraceID    string      `json:"trace_id"`
	Basis      basis       `json:"basis"`
	Start      time.Time   `json:"start"`
	End        time.Time   `json:"end"`
	DurationMS float64     `json:"duration_ms"`
	SpanCount  int         `json:"span_count"`
	Errors     int         `json:"errors"`
	Calls      int         `json:"calls"`
	Tokens     traceTokens `json:"tokens"`
	Cost       traceCost   `json:"cost"`
	// Estimated is beside the cost and never in it; null when no call has an estimate instead of a cost.
	Estimated *estimated `json:"estimated"`
	// Truncated is true when the trace has more spans than the limit; the sums are of those shown.
	Truncated bool `json:"truncated"`
	// Scores are those of the trace as a whole, and of spans that are not among those shown.
	Scores []score `json:"scores"`
	// Spans are the trees' tops: spans without a parent, and spans whose parent is not there (yet).
	Spans []*spanNode `json:"spans"`
}

// traceCost is the sum of a trace's calls by component, each an exact decimal string or null when unknown.
type traceCost struct {
	Amount       *string `json:"amount"`
	Currency     string  `json:"currency"`
	Complete     bool    `json:"complete"`
	UnknownCalls int     `json:"unknown_calls"`
	// Booked is the sum before Corrections were made; the same as Amount where there are none.
	Booked      *string `json:"booked"`
	Corrections int     `json:"corrections"`
	costParts
}

// costParts are the components of an amount.
type costParts struct {
	Input      *string `json:"input"`
	CacheRead  *string `json:"cache_read"`
	CacheWrite *string `json:"cache_write"`
	Output     *string `json:"output"`
	Fees       *string `json:"fees"`
}

// spanDetail is the body of /api/v1/traces/{trace_id}/spans/{span_id}.
type spanDetail struct {
	TraceID string    `json:"trace_id"`
	Basis   basis     `json:"basis"`
	Span    *spanNode `json:"span"`
}

func (a *api) trace(ctx context.Context, sc scope, p *params, r *http.Request) (any, error) {
	id, err := p.traceID(r)
	b := p.basis()
	withContent := p.choice("content", "include", "include", "omit") == "include"
	if perr := p.err(); perr != nil {
		return nil, perr
	}
	if err != nil {
		return nil, err
	}
	args := []arg{{"trace_id", id}, {"span_id", ""}}
	rows, err := selectRows[spanRow](ctx, a.store, sc, stmtTrace, append(args, arg{"limit", a.limits.MaxSpans + 1}))
	switch {
	case err != nil:
		return nil, err
	case len(rows) == 0:
		return nil, errNotFound("There is no trace with this id in the project.")
	}
	truncated := len(rows) > a.limits.MaxSpans
	if truncated {
		rows = rows[:a.limits.MaxSpans]
	}
	if err := a.correct(ctx, sc, args, rows, b); err != nil {
		return nil, err
	}
	nodes := make([]*spanNode, len(rows))
	for i := range rows {
		nodes[i] = newSpanNode(&rows[i])
	}
	if withContent {
		if err := a.addContent(ctx, sc, args, rows, nodes, a.limits.MaxContentBytes); err != nil {
			return nil, err
		}
	}
	out := summarize(id, rows)
	out.Basis, out.Truncated = b, truncated
	scores, err := a.readScores(ctx, sc, args)
	if err != nil {
		return nil, err
	}
	if !withContent {
		for i := range scores {
			scores[i].Explanation, scores[i].Attributes = nil, map[string]string{}
		}
	}
	out.Scores = placeScores(sc.tenant, nodes, scores)
	joinEvents(sc.tenant, nodes)
	out.Spans = buildTree(nodes)
	return out, nil
}

// span answers for one span, with its content whatever its size: the way to what a whole trace left out.
func (a *api) span(ctx context.Context, sc scope, p *params, r *http.Request) (any, error) {
	id, err := p.traceID(r)
	b := p.basis()
	if perr := p.err(); perr != nil {
		return nil, perr
	}
	if err != nil {
		return nil, err
	}
	node, err := a.spanNode(ctx, sc, b, id, r.PathValue("span_id"))
	if err != nil {
		return nil, err
	}
	return &spanDetail{TraceID: id, Basis: b, Span: node}, nil
}

// spanNode is one span with its content.
func (a *api) spanNode(ctx context.Context, sc scope, b basis, traceID, spanID string) (*spanNode, error) {
	args := []arg{{"trace_id", traceID}, {"span_id", spanID}}
	rows, err := selectRows[spanRow](ctx, a.store, sc, stmtTrace, append(args, arg{"limit", 1}))
	switch {
	case err != nil:
		return nil, err
	case len(rows) == 0:
		return nil, errNotFound("There is no span with this id in the trace.")
	}
	if err := a.correct(ctx, sc, args, rows, b); err != nil {
		return nil, err
	}
	node := newSpanNode(&rows[0])
	if node.Scores, err = a.readScores(ctx, sc, args); err != nil {
		return nil, err
	}
	if err := a.addContent(ctx, sc, args, rows, []*spanNode{node}, math.MaxInt); err != nil {
		return nil, err
	}
	return node, nil
}

// traceID reads the id from the path. What cannot be an id is not found rather than invalid: it names
// nothing that could be there.
func (p *params) traceID(r *http.Request) (string, error) {
	id := normalizeTraceID(r.PathValue("trace_id"))
	if !isTraceID(id) {
		return "", errNotFound("A trace id has 32 hexadecimal digits.")
	}
	return id, nil
}

// addContent loads what may be long for the spans that fit into the budget, in order of time, and marks
// the others. The first that does not fit ends it, so that the statement needs one position and no list.
func (a *api) addContent(ctx context.Context, sc scope, args []arg, rows []spanRow, nodes []*spanNode, budget int) error {
	fit := 0
	for used := uint64(0); fit < len(rows); fit++ {
		used += rows[fit].ContentBytes
		if used > uint64(budget) {
			break
		}
	}
	for i := fit; i < len(nodes); i++ {
		nodes[i].ContentOmitted = true
	}
	if fit == 0 {
		return nil
	}
	last := &rows[fit-1]
	args = append(args, arg{"cursor_ns", last.StartTime.UnixNano()}, arg{"cursor_id", last.SpanID})
	contents, err := selectRows[contentRow](ctx, a.store, sc, stmtContent, args)
	if err != nil {
		return err
	}
	byID := make(map[string]*contentRow, len(contents))
	for i := range contents {
		byID[contents[i].SpanID] = &contents[i]
	}
	for _, node := range nodes[:fit] {
		if row, ok := byID[node.SpanID]; ok {
			node.addContent(row)
		}
	}
	return nil
}

// summarize adds up what the spans say. Only calls count.
func summarize(id string, rows []spanRow) *traceDetail {
	out := &traceDetail{TraceID: id, SpanCount: len(rows), Start: rows[0].StartTime.UTC(), End: rows[0].StartTime.UTC()}
	out.Cost.Currency, out.Cost.Complete = currency, true
	var sums struct{ booked, amount, input, cacheRead, cacheWrite, output, fees decimalSum }
	var estimates estimateAdder
	for i := range rows {
		r := &rows[i]
		estimates.add(r)
		if end := r.EndTime.UTC(); end.After(out.End) {
			out.End = end
		}
		if r.failed() {
			out.Errors++
		}
		if !r.isCall() {
			continue
		}
		out.Calls++
		out.Tokens.Input.add(r.InputTokens)
		if r.OutputTokens != nil || r.hasOutput() {
			out.Tokens.Output.add(r.OutputTokens)
		}
		if r.InputTokens == nil || r.OutputTokens == nil && r.hasOutput() {
			out.Tokens.Total.UnknownCalls++
		}
		if r.BookedCost != nil && isSummed(r.BookedCurrency) {
			sums.booked.add(r.BookedCost)
		}
		out.Cost.Corrections += r.Corrections
		if r.Cost == nil || !isSummed(r.CostCurrency) {
			out.Cost.UnknownCalls++
			out.Cost.Complete = false
			continue
		}
		if r.partial() {
			out.Cost.Complete = false
		}
		sums.amount.add(r.Cost)
		sums.input.add(r.CostInput)
		sums.cacheRead.add(r.CostCacheRead)
		sums.cacheWrite.add(r.CostCacheWrite)
		sums.output.add(r.CostOutput)
		sums.fees.add(r.CostFees)
	}
	out.Estimated = estimates.estimated()
	out.Tokens.Total.Total = addKnown(out.Tokens.Input.Total, out.Tokens.Output.Total)
	out.Cost.Amount, out.Cost.Booked = sums.amount.text(), sums.booked.text()
	out.Cost.costParts = costParts{
		Input: sums.input.text(), CacheRead: sums.cacheRead.text(), CacheWrite: sums.cacheWrite.text(),
		Output: sums.output.text(), Fees: sums.fees.text(),
	}
	out.DurationMS = *milliseconds(float64(out.End.Sub(out.Start)) / 1e6)
	return out
}
