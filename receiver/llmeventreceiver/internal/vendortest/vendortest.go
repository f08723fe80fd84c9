package vendortest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/testkit"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
)

// Now is the clock of every request.
var Now = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

// Captures feeds every recorded case of a client in four orders and compares with what the recording says can be known. It fails
// where there is none: a client's folder that was renamed must not go unnoticed.
func Captures(t *testing.T, d foreign.Decoder, dir string) {
	t.Helper()
	cases := 0
	for _, c := range testkit.Cases(t) {
		if c.Dir != dir {
			continue
		}
		cases++
		for order, arrange := range orders {
			t.Run(c.Scenario+"/"+order, func(t *testing.T) {
				var parts []foreign.Part
				for _, f := range c.Files {
					parts = append(parts, Decode(t, d, f.Path, c.Body(t, f)).Parts...)
				}
				got := Sum(Calls(t, d.Name, arrange(parts)))
				assert.Equal(t, Text(c.Expect), Text(got))
			})
		}
	}
	require.Positive(t, cases, "no recorded case of %s", dir)
}

// orders arrange parts into deliveries.
var orders = map[string]func([]foreign.Part) [][]foreign.Part{
	"request":  func(parts []foreign.Part) [][]foreign.Part { return [][]foreign.Part{parts} },
	"records":  alone,
	"shuffled": shuffled,
	"twice": func(parts []foreign.Part) [][]foreign.Part {
		return append(alone(parts), shuffled(parts)...)
	},
}

func alone(parts []foreign.Part) (out [][]foreign.Part) {
	for _, p := range parts {
		out = append(out, []foreign.Part{p})
	}
	return out
}

func shuffled(parts []foreign.Part) [][]foreign.Part {
	parts = slices.Clone(parts)
	slices.Reverse(parts) // the worst order, for two parts too
	r := rand.New(rand.NewPCG(1, 2))
	r.Shuffle(max(len(parts)-2, 0), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	return alone(parts)
}

// Request is a request to a path, which may have a query.
func Request(target string, body []byte) *foreign.Request {
	u, err := url.Parse(target)
	if err != nil {
		u = &url.URL{Path: target}
	}
	return &foreign.Request{Path: u.Path, Query: u.Query(), Header: http.Header{}, Body: body, Now: Now, MaxBody: 20 << 20}
}

// Decode decodes a request that must be readable as a whole and in every record.
func Decode(t *testing.T, d foreign.Decoder, target string, body []byte) foreign.Result {
	t.Helper()
	result, err := d.Decode(Request(target, body))
	require.NoError(t, err)
	require.Zero(t, result.Rejected, string(result.Answer.Body))
	return result
}

// Call is a span as it was read.
type Call struct {
	genai.Call
	Span ptrace.Span
}

// Calls assembles the deliveries and reads the spans that come out, each once, as the store keeps them.
func Calls(t *testing.T, vendor string, deliveries [][]foreign.Part) []Call {
	t.Helper()
	calls, held, err := assemble(vendor, deliveries)
	require.NoError(t, err)
	require.Zero(t, held, "spans are held that nothing more comes of")
	return calls
}

func assemble(vendor string, deliveries [][]foreign.Part) (calls []Call, held int, err error) {
	var out []ptrace.Traces
	a := foreign.NewAssembler(foreign.Settings{
		MergeWait: time.Minute, OpenWait: time.Minute, MaxBytes: 1 << 30, MaxTenantBytes: 1 << 30,
		Emit:  func(_ context.Context, td ptrace.Traces) error { out = append(out, td); return nil },
		Count: func(string, foreign.Outcome, int) {},
		Now:   func() time.Time { return Now },
	})
	for _, parts := range deliveries {
		if err := a.Take(context.Background(), vendor, parts); err != nil {
			return nil, 0, err
		}
	}
	held, _ = a.Held()
	err = a.Close(context.Background())
	return read(testkit.OneRequest(out)), held, err
}

func read(td ptrace.Traces) (calls []Call) {
	var r genai.Reader
	d := genai.Delivery{Traces: td}
	seen := map[string]bool{}
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			scope := genai.NewScope(ss.Scope().Name(), ss.Scope().Version())
			for _, span := range ss.Spans().All() {
				id := span.TraceID().String() + span.SpanID().String()
				if seen[id] {
					continue
				}
				seen[id] = true
				e := genai.Entry{Span: span, Tenant: "t", Scope: scope.Name}
				if v, ok := rs.Resource().Attributes().Get("service.name"); ok {
					e.Service = v.Str()
				}
				if r.Read(span, &scope, &e.Call) {
					r.Write(span, &e.Call, false)
				}
				d.Entries = append(d.Entries, e)
			}
		}
	}
	d.Settle(nil, 0)
	for i := range d.Entries {
		calls = append(calls, Call{d.Entries[i].Call, d.Entries[i].Span})
	}
	return calls
}

// Figures is what a request comes to, as one line.
func Figures(t *testing.T, d foreign.Decoder, target, body string) string {
	t.Helper()
	return Text(Sum(Calls(t, d.Name, [][]foreign.Part{Decode(t, d, target, []byte(body)).Parts})))
}

// One reads a request that holds one span.
func One(t *testing.T, d foreign.Decoder, target, body string) Call {
	t.Helper()
	calls := Calls(t, d.Name, [][]foreign.Part{Decode(t, d, target, []byte(body)).Parts})
	require.Len(t, calls, 1)
	return calls[0]
}

// Sum is the figures of the calls that count.
func Sum(calls []Call) testkit.CaseFigures {
	var f testkit.CaseFigures
	for i := range calls {
		c := &calls[i]
		if c.UsageRole != "call" {
			continue
		}
		if c.Outcome == "error" {
			f.FailedCalls++
		} else {
			f.Calls++
		}
		for _, n := range []struct {
			count genai.Count
			to    **int64
		}{
			{c.Usage.Input, &f.Input}, {c.Usage.Output, &f.Output}, {c.Usage.CacheRead, &f.CacheRead},
			{c.Usage.CacheWrite, &f.CacheWrite}, {c.Usage.Reasoning, &f.Reasoning},
		} {
			if !n.count.Known {
				continue
			}
			if *n.to == nil {
				*n.to = new(int64)
			}
			**n.to += n.count.N
		}
	}
	return f
}

// Text is figures as one line; a question mark stands for a count that is not known.
func Text(f testkit.CaseFigures) string {
	var b strings.Builder
	fmt.Fprintf(&b, "calls %d failed %d", f.Calls, f.FailedCalls)
	for _, n := range []struct {
		name string
		n    *int64
	}{{"input", f.Input}, {"output", f.Output}, {"read", f.CacheRead}, {"write", f.CacheWrite}, {"reasoning", f.Reasoning}} {
		if n.n == nil {
			fmt.Fprintf(&b, " %s ?", n.name)
		} else {
			fmt.Fprintf(&b, " %s %d", n.name, *n.n)
		}
	}
	return b.String()
}
