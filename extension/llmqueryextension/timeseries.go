package llmqueryextension

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// timeseries is the body of /api/v1/stats/timeseries.
type timeseries struct {
	Metric   string  `json:"metric"`
	Interval string  `json:"interval"`
	Unit     string  `json:"unit"`
	Window   window  `json:"window"`
	Basis    basis   `json:"basis"`
	Points   []point `json:"points"`
}

// point is one step of a timeseries. Every step of the window is there; those at its ends may be covered
// in part. Value is null where nothing is known; which detail comes with it depends on the metric.
type point struct {
	Time  time.Time `json:"time"`
	Calls uint64    `json:"calls"`
	// Value is a whole number for requests, errors and tokens, a decimal string for cost and the average
	// in milliseconds for latency.
	Value any `json:"value"`
	// UnknownCalls is how many calls the value leaves out; tokens and cost only.
	UnknownCalls *uint64 `json:"unknown_calls,omitempty"`
	// Tokens and Latency hold the parts of the value of those metrics.
	Tokens  *tokenPoint `json:"tokens,omitempty"`
	Latency *quantiles  `json:"latency_ms,omitempty"`
}

type tokenPoint struct {
	Input  *uint64 `json:"input"`
	Output *uint64 `json:"output"`
}

// seriesMetric is one value of the parameter metric: which statement is run and how a step is shown.
type seriesMetric struct {
	name string
	unit string
	// load returns the steps that have calls, by bucket.
	load loader
	// empty is a step without calls.
	empty func() point
}

// seriesMetrics is the closed list; the OpenAPI document has the same names in the same order.
var seriesMetrics = []seriesMetric{
	{"requests", "{call}", loadRequests(func(r requestRow) any { return r.Calls }), zeroPoint},
	{"errors", "{call}", loadRequests(func(r requestRow) any { return r.Errors }), zeroPoint},
	{"tokens", "{token}", loadTokens, func() point { return point{UnknownCalls: new(uint64), Tokens: &tokenPoint{}} }},
	{"cost", currency, loadCost, func() point { return point{UnknownCalls: new(uint64)} }},
	{"latency", "ms", loadLatency, func() point { return point{Latency: &quantiles{}} }},
}

// loader reads the steps of a window that have calls. Only money has a basis.
type loader func(a *api, ctx context.Context, sc scope, w window, b basis, args []arg) (map[int64]point, error)

func zeroPoint() point { return point{Value: uint64(0)} }

// seriesInterval is one value of the parameter interval.
type seriesInterval struct {
	name string
	step time.Duration
}

var seriesIntervals = []seriesInterval{
	{"1m", time.Minute}, {"5m", 5 * time.Minute}, {"15m", 15 * time.Minute}, {"1h", time.Hour}, {"1d", day},
}

// comfortablePoints is how many points a chart shows well: without an interval, the shortest one that
// stays below is taken.
const comfortablePoints = 300

func (a *api) timeseries(ctx context.Context, sc scope, p *params, _ *http.Request) (any, error) {
	w, b := p.window(a.now(), &a.limits), p.basis()
	metric := p.metric()
	interval := p.interval(w, a.limits.MaxPoints)
	if err := p.err(); err != nil {
		return nil, err
	}
	steps, err := metric.load(a, ctx, sc, w, b, append(w.args(), arg{"step_ns", int64(interval.step)}))
	if err != nil {
		return nil, err
	}
	return &timeseries{
		Metric: metric.name, Interval: interval.name, Unit: metric.unit, Window: w, Basis: b,
		Points: fill(w, interval.step, steps, metric.empty),
	}, nil
}

func (p *params) metric() seriesMetric {
	names := make([]string, len(seriesMetrics))
	for i, m := range seriesMetrics {
		names[i] = m.name
	}
	chosen := p.choice("metric", names[0], names...)
	for _, m := range seriesMetrics {
		if m.name == chosen {
			return m
		}
	}
	return seriesMetrics[0]
}

func (p *params) interval(w window, maxPoints int) seriesInterval {
	names := make([]string, len(seriesIntervals))
	for i, v := range seriesIntervals {
		names[i] = v.name
	}
	chosen := p.choice("interval", "", names...)
	if p.failed() {
		return seriesInterval{}
	}
	fits := func(v seriesInterval, limit int) bool { return buckets(w, v.step) <= limit }
	pick := seriesIntervals[len(seriesIntervals)-1]
	for _, v := range seriesIntervals {
		if v.name == chosen || chosen == "" && fits(v, min(comfortablePoints, maxPoints)) {
			pick = v
			break
		}
	}
	if !fits(pick, maxPoints) {
		p.refuse("interval", fmt.Sprintf("the time range has %d steps of %s, more than the limit of %d; ask for a longer interval or a shorter range",
			buckets(w, pick.step), pick.name, maxPoints))
	}
	return pick
}

// bucketOf is the number of whole steps since 1970, as the statements compute it.
func bucketOf(t time.Time, step time.Duration) int64 { return t.UnixNano() / int64(step) }

// buckets is how many steps the window touches; its end is not in it.
func buckets(w window, step time.Duration) int {
	return int(bucketOf(w.End.Add(-1), step)-bucketOf(w.Start, step)) + 1
}

// fill returns every step of the window, in order.
func fill(w window, step time.Duration, steps map[int64]point, empty func() point) []point {
	n := buckets(w, step)
	out := make([]point, n)
	first := bucketOf(w.Start, step)
	for i := range out {
		bucket := first + int64(i)
		pt, ok := steps[bucket]
		if !ok {
			pt = empty()
		}
		pt.Time = time.Unix(0, bucket*int64(step)).UTC()
		out[i] = pt
	}
	return out
}

// loadSteps runs a statement and turns each of its rows into a point.
func loadSteps[T any](name statement, show func(T) (int64, point)) loader {
	return func(a *api, ctx context.Context, sc scope, _ window, _ basis, args []arg) (map[int64]point, error) {
		rows, err := selectRows[T](ctx, a.store, sc, name, args)
		out := make(map[int64]point, len(rows))
		for _, row := range rows {
			bucket, pt := show(row)
			out[bucket] = pt
		}
		return out, err
	}
}

type requestRow struct {
	Bucket int64  `ch:"bucket"`
	Calls  uint64 `ch:"calls"`
	Errors uint64 `ch:"errors"`
}

func loadRequests(value func(requestRow) any) loader {
	return loadSteps(stmtRequests, func(r requestRow) (int64, point) {
		return r.Bucket, point{Calls: r.Calls, Value: value(r)}
	})
}

type tokensRow struct {
	Bucket  int64   `ch:"bucket"`
	Calls   uint64  `ch:"calls"`
	Input   *uint64 `ch:"input"`
	Output  *uint64 `ch:"output"`
	Unknown uint64  `ch:"unknown"`
}

var loadTokens = loadSteps(stmtTokens, func(r tokensRow) (int64, point) {
	pt := point{Calls: r.Calls, UnknownCalls: &r.Unknown, Tokens: &tokenPoint{r.Input, r.Output}}
	if total := addKnown(r.Input, r.Output); total != nil {
		pt.Value = *total
	}
	return r.Bucket, pt
})

type costRow struct {
	Bucket  int64   `ch:"bucket"`
	Calls   uint64  `ch:"calls"`
	Amount  *string `ch:"amount"`
	Unknown uint64  `ch:"unknown"`
}

func loadCost(a *api, ctx context.Context, sc scope, w window, b basis, args []arg) (map[int64]point, error) {
	name, err := a.on(ctx, sc, b, w, stmtCost)
	if err != nil {
		return nil, err
	}
	return loadSteps(name, costPoint)(a, ctx, sc, w, b, args)
}

func costPoint(r costRow) (int64, point) {
	pt := point{Calls: r.Calls, UnknownCalls: &r.Unknown}
	if r.Amount != nil {
		pt.Value = *r.Amount
	}
	return r.Bucket, pt
}

type latencyRow struct {
	Bucket    int64     `ch:"bucket"`
	Calls     uint64    `ch:"calls"`
	Average   float64   `ch:"average"`
	Quantiles []float64 `ch:"quantiles"`
}

var loadLatency = loadSteps(stmtLatency, func(r latencyRow) (int64, point) {
	q := newQuantiles(r.Quantiles)
	pt := point{Calls: r.Calls, Latency: &q}
	if v := milliseconds(r.Average); v != nil {
		pt.Value = *v
	}
	return r.Bucket, pt
})
