package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"text/tabwriter"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/costing"
	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/semconv"
)

// spanExplained is what would be read from a span and booked for it.
type spanExplained struct {
	Name         string               `json:"name"`
	Dialect      *string              `json:"dialect"`
	Role         string               `json:"role"`
	UsageRole    string               `json:"usage_role"`
	RoleReason   *string              `json:"role_reason"`
	Provider     *string              `json:"provider"`
	Model        *string              `json:"model"`
	Response     *string              `json:"response_model"`
	Counts       map[string]int64     `json:"counts"`
	UsageBasis   *string              `json:"usage_basis"`
	UsageMissing *string              `json:"usage_missing_reason"`
	Cost         *costing.Explanation `json:"cost"`
}

// explainFile reads spans as the collector would, and prices those with usage.
func explainFile(in io.Reader, file string, book *pricing.Book, tenant string) ([]spanExplained, error) {
	text, err := readSpanFile(in, file)
	if err != nil {
		return nil, fmt.Errorf("--span: %w", err)
	}
	td, err := parseSpans(text)
	if err != nil {
		return nil, fmt.Errorf("--span %s: %w", file, err)
	}
	if td.SpanCount() == 0 {
		return nil, fmt.Errorf("--span %s: no span in it: give an OTLP request (resourceSpans) or one span as JSON", file)
	}
	return readSpans(td, book, tenant), nil
}

func readSpanFile(in io.Reader, file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(in)
	}
	return os.ReadFile(file)
}

// parseSpans takes a whole request, or a single span.
func parseSpans(text []byte) (ptrace.Traces, error) {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(text, &keys); err != nil {
		return ptrace.Traces{}, fmt.Errorf("not one JSON object: %w", err)
	}
	if _, whole := keys["resourceSpans"]; !whole {
		if _, span := keys["attributes"]; !span {
			return ptrace.Traces{}, errors.New("neither resourceSpans nor attributes in it: give an OTLP request or one span as JSON")
		}
		text = bytes.Join([][]byte{[]byte(`{"resourceSpans":[{"scopeSpans":[{"spans":[`), text, []byte(`]}]}]}`)}, nil)
	}
	return (&ptrace.JSONUnmarshaler{}).UnmarshalTraces(text)
}

func readSpans(td ptrace.Traces, book *pricing.Book, tenant string) []spanExplained {
	d := genai.Delivery{Traces: td}
	var reader genai.Reader
	var plain []spanExplained
	for _, rs := range td.ResourceSpans().All() {
		service := ""
		if v, ok := rs.Resource().Attributes().Get(semconv.ServiceName); ok {
			service = v.Str()
		}
		for _, ss := range rs.ScopeSpans().All() {
			scope := genai.NewScope(ss.Scope().Name(), ss.Scope().Version())
			for _, span := range ss.Spans().All() {
				e := genai.Entry{Span: span, Tenant: tenant, Service: service, Scope: scope.Name}
				if !reader.Read(span, &scope, &e.Call) {
					plain = append(plain, spanExplained{Name: span.Name(), Role: e.Call.Role, UsageRole: e.Call.UsageRole, Counts: map[string]int64{}})
					continue
				}
				d.Entries = append(d.Entries, e)
			}
		}
	}
	d.Settle(nil, time.Now().UnixNano())
	out := make([]spanExplained, 0, len(d.Entries)+len(plain))
	for i := range d.Entries {
		out = append(out, explainEntry(&d.Entries[i], book))
	}
	return append(out, plain...)
}

func explainEntry(e *genai.Entry, book *pricing.Book) spanExplained {
	c, u := &e.Call, &e.Call.Usage
	out := spanExplained{
		Name: e.Span.Name(), Dialect: &c.Dialect, Role: c.Role, UsageRole: c.UsageRole, RoleReason: given(c.UsageRoleReason),
		Provider: given(c.Provider), Model: given(c.RequestModel), Response: given(c.ResponseModel), Counts: map[string]int64{},
		UsageBasis: given(u.Basis), UsageMissing: given(u.MissingReason),
	}
	for _, n := range spanCounts {
		if count := n.of(u); count.Known {
			out.Counts[n.name] = count.N
		}
	}
	if c.UsageRole == semconv.UsageRoleNone || c.UsageRole != semconv.UsageRoleCall && !u.Any() {
		return out
	}
	when := e.Span.StartTimestamp()
	if when == 0 {
		when = e.Span.EndTimestamp()
	}
	call := costing.Of(c, e.Tenant, when.AsTime())
	cost := costing.Explain(book, &call)
	out.Cost = &cost
	return out
}

// spanCounts are the counts in the order they are printed in.
var spanCounts = []struct {
	name string
	of   func(*genai.Usage) genai.Count
}{
	{"input", func(u *genai.Usage) genai.Count { return u.Input }},
	{"cache_read", func(u *genai.Usage) genai.Count { return u.CacheRead }},
	{"cache_write", func(u *genai.Usage) genai.Count { return u.CacheWrite }},
	{"cache_write_5m", func(u *genai.Usage) genai.Count { return u.CacheWrite5m }},
	{"cache_write_1h", func(u *genai.Usage) genai.Count { return u.CacheWrite1h }},
	{"output", func(u *genai.Usage) genai.Count { return u.Output }},
	{"reasoning", func(u *genai.Usage) genai.Count { return u.Reasoning }},
	{"audio_input", func(u *genai.Usage) genai.Count { return u.AudioInput }},
	{"audio_output", func(u *genai.Usage) genai.Count { return u.AudioOutput }},
	{"image_input", func(u *genai.Usage) genai.Count { return u.ImageInput }},
	{"image_output", func(u *genai.Usage) genai.Count { return u.ImageOutput }},
	{"video_input", func(u *genai.Usage) genai.Count { return u.VideoInput }},
	{"citation", func(u *genai.Usage) genai.Count { return u.Citation }},
	{"web_searches", func(u *genai.Usage) genai.Count { return u.WebSearches }},
	{"search_units", func(u *genai.Usage) genai.Count { return u.SearchUnits }},
	{"images", func(u *genai.Usage) genai.Count { return u.Images }},
	{"pages", func(u *genai.Usage) genai.Count { return u.Pages }},
	{"characters", func(u *genai.Usage) genai.Count { return u.Characters }},
	{"milliseconds", func(u *genai.Usage) genai.Count { return u.Milliseconds }},
}

func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func writeSpans(out io.Writer, spans []spanExplained) error {
	var b bytes.Buffer
	for i := range spans {
		if i > 0 {
			fmt.Fprintln(&b)
		}
		if err := spans[i].writeText(&b); err != nil {
			return err
		}
	}
	_, err := b.WriteTo(out)
	return err
}

func (s *spanExplained) writeText(b *bytes.Buffer) error {
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	line := func(what string, is *string) {
		if is != nil {
			fmt.Fprintf(w, "%s\t%s\n", what, *is)
		}
	}
	line("span", &s.Name)
	if s.Dialect == nil {
		line("read as", ptr("no LLM call: no convention that is known wrote this span"))
		return w.Flush()
	}
	line("read as", s.Dialect)
	line("role", &s.Role)
	usage := s.UsageRole
	if usage != semconv.UsageRoleCall {
		usage += ": counts in no total"
	}
	line("usage role", &usage)
	line("because", s.RoleReason)
	line("provider", s.Provider)
	line("asked for", s.Model)
	line("answered", s.Response)
	for _, n := range spanCounts {
		if count, ok := s.Counts[n.name]; ok {
			line(n.name, ptr(strconv.FormatInt(count, 10)))
		}
	}
	line("counts", s.UsageBasis)
	line("no counts", s.UsageMissing)
	if err := w.Flush(); err != nil || s.Cost == nil {
		return err
	}
	fmt.Fprintln(b)
	return s.Cost.WriteText(b)
}

func ptr[T any](v T) *T { return &v }
