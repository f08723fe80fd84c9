package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/watchllm/watchllm/internal/eventid"
)

// seedRow is what matters of a stored span: columns that are not empty.
type seedRow map[string]any

// compareSeed compares what is stored of a tenant with a golden file, and the times with those that were sent.
func (i *instance) compareSeed(t *testing.T, tenant, client string, byID map[string]string, exchanges []exchange) {
	t.Helper()
	events := map[string]sentEvent{}
	for _, x := range exchanges {
		for _, e := range x.events {
			events[e.EventID] = e
		}
	}
	var rows []seedRow
	within(t, lateLimit, "all events in the store", func() error {
		out, err := i.sql("SELECT * FROM llm_spans FINAL WHERE tenant_id = '" + tenant + "' ORDER BY start_time FORMAT JSONEachRow SETTINGS output_format_json_quote_64bit_integers = 0")
		if err != nil {
			return err
		}
		rows = nil
		for line := range strings.Lines(out) {
			var row seedRow
			if err := json.Unmarshal([]byte(line), &row); err != nil {
				return err
			}
			rows = append(rows, row)
		}
		return want("rows", len(rows), len(events))
	})
	s := seedStory{names: map[string]string{}, spans: map[string]string{}, events: byID}
	for _, row := range rows {
		id := row.text("attributes_string", "watchllm.native.id")
		event, ok := events[id]
		if !ok {
			t.Fatalf("nobody sent the event %s", id)
		}
		row.checkTime(t, &event)
		name := byID[id]
		if name == "" {
			name = "decorator: " + event.Type
		}
		s.names[id] = name
		s.spans[eventid.Span(tenant, id).String()] = "event " + name
		s.spans[fmt.Sprint(row["span_id"])] = name
	}
	got := map[string]seedRow{}
	for _, row := range rows {
		name := s.names[row.text("attributes_string", "watchllm.native.id")]
		got[name] = s.stable(row)
	}
	if len(got) != len(rows) {
		t.Fatalf("%d rows under %d names", len(rows), len(got))
	}
	text, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "seed_"+client+".golden.json")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	expected, err := os.ReadFile(golden)
	if err != nil {
		t.Fatalf("%v; UPDATE_GOLDEN=1 writes it", err)
	}
	if string(expected) != string(text)+"\n" {
		t.Errorf("%s differs; the first difference: %s", golden, firstDifference(string(expected), string(text)+"\n"))
	}
}

func firstDifference(a, b string) string {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for n := range min(len(as), len(bs)) {
		if as[n] != bs[n] {
			return fmt.Sprintf("line %d: want %s, is %s", n+1, as[n], bs[n])
		}
	}
	return fmt.Sprintf("%d lines instead of %d", len(bs), len(as))
}

func (r seedRow) text(column, key string) string {
	m, _ := r[column].(map[string]any)
	s, _ := m[key].(string)
	return s
}

const columnTime = "2006-01-02 15:04:05.999999999"

// checkTime: a time without a zone is UTC, a latency goes back from the event's time, and a span has times of its own.
func (r seedRow) checkTime(t *testing.T, e *sentEvent) {
	t.Helper()
	sent := e.Timestamp
	if e.Body.Start != "" {
		sent = e.Body.Start
	}
	at, err := time.Parse("2006-01-02T15:04:05.999999999", strings.TrimSuffix(sent, "Z"))
	if err != nil {
		t.Fatal(err)
	}
	at = at.Add(-time.Duration(e.Body.LatencyMs * float64(time.Millisecond)))
	start, err := time.Parse(columnTime, fmt.Sprint(r["start_time"]))
	if err != nil {
		t.Fatal(err)
	}
	if !start.Equal(at) {
		t.Errorf("%s %s starts at %s, want %s", e.Type, e.EventID, start, at)
	}
}

// seedStory replaces what is different each time by what it stands for.
type seedStory struct {
	names, spans, events map[string]string
}

func (s *seedStory) stable(row seedRow) seedRow {
	out := seedRow{}
	for column, v := range row {
		switch column {
		case "tenant_id", "ingested_at", "start_time", "end_time", "retention_days", "price_id", "price_source", "price_effective_from":
			continue
		case "trace_id":
			v = s.trace(row)
		case "span_id", "parent_span_id":
			if name, ok := s.spans[fmt.Sprint(v)]; ok {
				v = "span of " + name
			}
		}
		if attrs, ok := v.(map[string]any); ok {
			for key, value := range attrs {
				attrs[key] = s.attribute(key, value)
			}
			if len(attrs) == 0 {
				continue
			}
		}
		if list, ok := v.([]any); ok && len(list) == 0 {
			continue
		}
		switch v {
		case nil, "", float64(0), "unset":
			continue
		}
		out[column] = v
	}
	return out
}

// sharedTraces are those that the applications name.
var sharedTraces = map[string]string{
	"0af7651916cd43dd8448eb211c80319c": "trace of the application",
	"4bf92f3577b34da6a3ce929d0e0e4736": "trace of the application, a UUID",
}

func (s *seedStory) trace(row seedRow) string {
	id := fmt.Sprint(row["trace_id"])
	if name := sharedTraces[id]; name != "" {
		return name
	}
	return "its own"
}

func (s *seedStory) attribute(key string, v any) any {
	if id, ok := v.(string); ok && s.names[id] != "" {
		return "id of " + s.names[id]
	}
	switch key {
	case "exception.stacktrace":
		return "<stacktrace>"
	case "watchllm.native.duration_ms":
		return "<milliseconds>"
	}
	return v
}
