package llmeventreceiver

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/langfuse"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/langsmith"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/openaiagents"
)

func FuzzLangfuse(f *testing.F)     { fuzzVendor(f, langfuse.Decoder, "langfuse") }
func FuzzLangSmith(f *testing.F)    { fuzzVendor(f, langsmith.Decoder, "langsmith") }
func FuzzOpenAIAgents(f *testing.F) { fuzzVendor(f, openaiagents.Decoder, "openai-agents") }

// fuzzVendor feeds anything to everything between the socket and the reader: nothing breaks, and what comes out are spans.
func fuzzVendor(f *testing.F, d foreign.Decoder, client string) {
	for _, c := range recordedCases(f) {
		if !strings.HasPrefix(c.Dir, client+"@") {
			continue
		}
		for _, p := range c.whole(f) {
			f.Add(p.Path, p.ContentType, p.Body)
		}
	}
	for _, v := range vendorForms {
		f.Add(v.path, "application/json", []byte(v.bodies[0]))
	}
	f.Add("/api/public/scores", "application/json", []byte(`[{"name":"helpful","value":1},{"id":7}]`))
	f.Add("/feedback", "application/json", []byte(`{"key":"helpful","run_id":"00000000-0000-0000-0100-000000000000","score":true}`))
	f.Fuzz(func(t *testing.T, path, contentType string, body []byte) {
		in, err := d.Decode(&foreign.Request{
			Path: path, ContentType: contentType, Header: http.Header{}, Body: body, Now: testClock, MaxBody: 1 << 20,
		})
		if err != nil {
			if err.Error() == "" {
				t.Fatal("refused without a word")
			}
			return
		}
		var out []ptrace.Traces
		a := foreign.NewAssembler(foreign.Settings{
			MergeWait: time.Second, OpenWait: time.Second, MaxBytes: 1 << 30, MaxTenantBytes: 1 << 30,
			Emit:  func(_ context.Context, td ptrace.Traces) error { out = append(out, td); return nil },
			Count: func(string, foreign.Outcome, int) {},
			Now:   func() time.Time { return testClock },
		})
		if err := a.Take(context.Background(), d.Name, in.Parts); err != nil {
			t.Fatal(err)
		}
		if err := a.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
		scoreRecords("acme", d.Name, in.Scores)
		spans := 0
		for _, td := range out {
			for _, rs := range td.ResourceSpans().All() {
				for _, ss := range rs.ScopeSpans().All() {
					for _, s := range ss.Spans().All() {
						spans++
						if s.TraceID().IsEmpty() || s.SpanID().IsEmpty() || s.StartTimestamp() == 0 || s.EndTimestamp() < s.StartTimestamp() {
							t.Fatalf("not a span: %v %v %v %v", s.TraceID(), s.SpanID(), s.StartTimestamp(), s.EndTimestamp())
						}
					}
				}
			}
		}
		if len(in.Parts) > 0 && spans == 0 {
			t.Fatal("all parts are gone")
		}
		for _, e := range readEntries(out) {
			if e.Call.Usage.Input.N < 0 || e.Call.Usage.Output.N < 0 {
				t.Fatal("a negative count")
			}
		}
	})
}
