package llmeventreceiver

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/replay/split"
	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/internal/testkit"
)

// recordedVendors are the clients whose recorded requests are posted to the receiver.
var recordedVendors = []string{
	"langfuse@3.39.2", "langsmith@0.12.0", "openai-agents@0.20.0",
	"posthog-ai@8.13.1", "helicone-helpers@1.8.3", "dd-trace@5.132.0", "braintrust@3.35.0", "sentry-node@11.12.0",
}

type recordedRequest struct {
	Path        string `json:"path"`
	ContentType string `json:"content_type"`
	File        string `json:"file"`
	Headers     map[string]string
}

type recordedCase struct {
	Dir      string              `json:"dir"`
	Scenario string              `json:"scenario"`
	Files    []recordedRequest   `json:"files"`
	Expect   testkit.CaseFigures `json:"expect"`
	Truth    struct {
		Calls []struct {
			ResponseID    string   `json:"response_id"`
			FinishReasons []string `json:"finish_reasons"`
			Stream        bool     `json:"stream"`
			TTFT          float64  `json:"time_to_first_chunk_s_min"`
		} `json:"calls"`
		App struct {
			ConversationID string `json:"conversation_id"`
		} `json:"app"`
	} `json:"truth"`
}

func recordedCases(t testing.TB) (out []recordedCase) {
	t.Helper()
	raw, err := fs.ReadFile(testkit.Captures(), "index.json")
	require.NoError(t, err)
	var index struct{ Cases []recordedCase }
	require.NoError(t, json.Unmarshal(raw, &index))
	for _, c := range index.Cases {
		if slices.Contains(recordedVendors, c.Dir) {
			out = append(out, c)
		}
	}
	require.NotEmpty(t, out)
	return out
}

func (c *recordedCase) whole(t testing.TB) (out []split.Piece) {
	t.Helper()
	for _, f := range c.Files {
		body, err := fs.ReadFile(testkit.Captures(), path.Join(c.Dir, f.File))
		require.NoError(t, err)
		out = append(out, split.Piece{Path: f.Path, ContentType: f.ContentType, Body: body})
	}
	return out
}

func (c *recordedCase) records(t testing.TB) (out []split.Piece) {
	t.Helper()
	for _, w := range c.whole(t) {
		pieces, err := split.Split(w.Path, w.ContentType, w.Body)
		require.NoError(t, err)
		out = append(out, pieces...)
	}
	return out
}

// orders are the ways a case reaches the receiver.
var orders = map[string]func(testing.TB, *recordedCase) []split.Piece{
	"one request": func(t testing.TB, c *recordedCase) []split.Piece { return c.whole(t) },
	"records":     func(t testing.TB, c *recordedCase) []split.Piece { return c.records(t) },
	"shuffled": func(t testing.TB, c *recordedCase) []split.Piece {
		pieces := c.records(t)
		rand.New(rand.NewPCG(1, 2)).Shuffle(len(pieces), func(i, j int) { pieces[i], pieces[j] = pieces[j], pieces[i] })
		return pieces
	},
	"last first": func(t testing.TB, c *recordedCase) []split.Piece {
		pieces := c.records(t)
		slices.Reverse(pieces)
		return pieces
	},
	"twice": func(t testing.TB, c *recordedCase) []split.Piece {
		return append(c.whole(t), append(c.records(t), c.whole(t)...)...)
	},
}

func withVendors(c *Config) { c.Foreign.Vendors = vendorNames() }

// send posts a request and requires that the client would be content with the answer.
func (f *fixture) send(t *testing.T, p split.Piece) answer {
	t.Helper()
	a := f.post(t, p.Path, string(p.Body), "Content-Type", p.ContentType)
	require.Equal(t, 2, a.status/100, "%s: %s", p.Path, a.text)
	return a
}

// What can be known from the bytes of every recorded case is what comes out, however it is cut into requests.
func TestRecordedVendors(t *testing.T) {
	for _, c := range recordedCases(t) {
		for name, order := range orders {
			t.Run(c.Dir+"/"+c.Scenario+"/"+name, func(t *testing.T) {
				f := start(t, options{edit: withVendors, noLogs: true, auth: true})
				for _, p := range order(t, &c) {
					f.send(t, p)
				}
				entries := readEntries(f.traces.AllTraces())
				assert.Equal(t, figuresText(c.Expect), figuresText(sumUp(entries)))
				for i := range entries {
					call := &entries[i].Call
					if call.IsModel() && c.Truth.App.ConversationID != "" {
						assert.Equal(t, c.Truth.App.ConversationID, call.ConversationID)
					}
				}
				c.checkAnswers(t, entries)
			})
		}
	}
}

// checkAnswers compares what else is known of the model's answers, in the formats that have it.
func (c *recordedCase) checkAnswers(t *testing.T, entries []genai.Entry) {
	t.Helper()
	byID := map[string]*genai.Call{}
	for i := range entries {
		byID[entries[i].Call.ResponseID] = &entries[i].Call
	}
	for _, truth := range c.Truth.Calls {
		if truth.ResponseID == "" || !c.of("langsmith", "openai-agents") || c.Scenario == "ai_sdk" {
			continue
		}
		call := byID[truth.ResponseID]
		require.NotNil(t, call, "no span has the answer %s", truth.ResponseID)
		if truth.FinishReasons != nil && c.Scenario != "responses" {
			assert.Equal(t, truth.FinishReasons, call.FinishReasons)
		}
	}
	if !c.of("langfuse", "langsmith") {
		return
	}
	for i := range entries {
		if call := &entries[i].Call; call.IsModel() && c.Scenario == "chat_stream" {
			assert.True(t, call.TTFTKnown)
			assert.GreaterOrEqual(t, call.TTFT, c.Truth.Calls[0].TTFT)
			assert.Less(t, call.TTFT, 1.0)
		}
	}
}

func (c *recordedCase) of(clients ...string) bool {
	client, _, _ := strings.Cut(c.Dir, "@")
	return slices.Contains(clients, client)
}

// readEntries reads and settles what the receiver handed on; a span that came twice is one row in the store.
func readEntries(all []ptrace.Traces) []genai.Entry {
	var r genai.Reader
	d := genai.Delivery{Traces: testkit.OneRequest(all)}
	seen := map[string]bool{}
	for _, rs := range d.Traces.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			scope := genai.NewScope(ss.Scope().Name(), ss.Scope().Version())
			ss.Spans().RemoveIf(func(span ptrace.Span) bool {
				id := span.TraceID().String() + span.SpanID().String()
				again := seen[id]
				seen[id] = true
				return again
			})
			for _, span := range ss.Spans().All() {
				e := genai.Entry{Span: span, Scope: scope.Name}
				if r.Read(span, &scope, &e.Call) {
					r.Write(span, &e.Call, false)
					d.Entries = append(d.Entries, e)
				}
			}
		}
	}
	d.Settle(nil, 0)
	return d.Entries
}

func sumUp(entries []genai.Entry) (f testkit.CaseFigures) {
	for i := range entries {
		c := &entries[i].Call
		if c.UsageRole != semconv.UsageRoleCall {
			continue
		}
		if c.Outcome == semconv.OutcomeError {
			f.FailedCalls++
		} else {
			f.Calls++
		}
		u := &c.Usage
		for _, n := range []struct {
			count genai.Count
			to    **int64
		}{{u.Input, &f.Input}, {u.Output, &f.Output}, {u.CacheRead, &f.CacheRead}, {u.CacheWrite, &f.CacheWrite}, {u.Reasoning, &f.Reasoning}} {
			if n.count.Known {
				if *n.to == nil {
					*n.to = new(int64)
				}
				**n.to += n.count.N
			}
		}
	}
	return f
}

func figuresText(f testkit.CaseFigures) string {
	var b strings.Builder
	fmt.Fprintf(&b, "calls %d failed %d", f.Calls, f.FailedCalls)
	for _, n := range []*int64{f.Input, f.Output, f.CacheRead, f.CacheWrite, f.Reasoning} {
		if n == nil {
			b.WriteString(" ?")
		} else {
			fmt.Fprintf(&b, " %d", *n)
		}
	}
	return b.String()
}
