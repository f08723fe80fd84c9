package llmeventreceiver

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// leaf is one field of an event, or one below a field whose own fields count one by one.
type leaf struct {
	group, name string
	value, old  any
}

var leaves = []leaf{
	{"", "end_time", "2026-11-23T10:00:02Z", "2026-11-23T10:00:01Z"},
	{"", "provider", "openai", "azure"},
	{"", "request_model", "gpt-4o", "gpt"},
	{"", "responseModel", "gpt-4o-2024-08-06", "other"},
	{"", "response_id", "r-1", "r-0"},
	{"", "stream", true, false},
	{"", "status", map[string]any{"code": "error", "error_type": "Timeout", "message": "slow"}, "ok"},
	{"", "input_messages", []any{map[string]any{"role": "user", "content": "hi \"you\"\n"}}, "hi"},
	{"", "output_messages", "done", []any{}},
	{"", "finish_reasons", []any{"stop"}, []any{"length", "stop"}},
	{"", "cost", map[string]any{"amount": "0.25", "currency": "EUR"}, 7},
	{"", "environment", "prod", "dev"},
	{"", "user_id", "ü-1", "u-0"},
	{"", "tags", []any{"a", "b"}, []any{"c"}},
	{"", "of my own", map[string]any{"x": 1}, map[string]any{"y": 2}},
	{"usage", "input_tokens", 1037, 1},
	{"usage", "output_tokens", 211, 2},
	{"usage", "cache_read_input_tokens", 512, 3},
	{"usage", "includes_cache", false, false},
	{"params", "temperature", 0.5, 1},
	{"params", "maxTokens", 100, 200},
	{"attributes", "order", 77, 76},
	{"attributes", "team\"s", "core", "other"},
}

func putLeaf(to map[string]any, l leaf, v any) {
	if l.group == "" {
		to[l.name] = v
		return
	}
	inner, _ := to[l.group].(map[string]any)
	if inner == nil {
		inner = map[string]any{}
		to[l.group] = inner
	}
	inner[l.name] = v
}

// Whatever is split off an event, in whatever order the pieces come and however they are packed into requests, the newest version is the
// event as if it had come in one.
func TestPiecesMakeTheWhole(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 11)) //nolint:gosec // a test has to be repeatable
	whole, split := start(t, options{}), start(t, options{})
	for round := range 150 {
		id := fmt.Sprintf("e-%d", round)
		event := map[string]any{"id": id, "type": "llm.call", "time": "2026-11-23T10:00:00Z"}
		pieces := []map[string]any{{"id": id, "type": "llm.call", "time": "2026-11-23T10:00:00Z", "span_id": "s-" + id}}
		event["span_id"] = "s-" + id
		for seq := range random.IntN(5) {
			p := map[string]any{"id": id, "op": "merge", "seq": seq + 1}
			if random.IntN(2) == 0 {
				p["type"] = "llm.call"
			}
			pieces = append(pieces, p)
		}
		for _, l := range leaves {
			if random.IntN(4) == 0 {
				continue
			}
			putLeaf(event, l, l.value)
			at := random.IntN(len(pieces))
			putLeaf(pieces[at], l, l.value)
			if before := random.IntN(len(pieces)); before < at {
				putLeaf(pieces[before], l, l.old)
			}
		}
		late := pieces[1:]
		random.Shuffle(len(late), func(i, j int) { late[i], late[j] = late[j], late[i] })
		for len(pieces) > 0 {
			n := 1 + random.IntN(len(pieces))
			request := pieces[:n:n]
			pieces = pieces[n:]
			if random.IntN(3) == 0 { // a client that did not get the answer
				split.accept(t, request)
			}
			random.Shuffle(len(request), func(i, j int) { request[i], request[j] = request[j], request[i] })
			split.accept(t, request)
		}
		whole.accept(t, []map[string]any{event})
		want, got := whole.newest(t, id), split.newest(t, id)
		delete(got["attributes"].(map[string]any), "watchllm.native.revision")
		require.Equal(t, want, got, "round %d", round)
	}
}

func (f *fixture) accept(t *testing.T, events any) map[string]any {
	t.Helper()
	body, err := json.Marshal(events)
	require.NoError(t, err)
	a := f.post(t, "/api/v1/events", string(body))
	require.Equal(t, 202, a.status, a.text)
	answer := a.json(t)
	require.Empty(t, answer["rejected"], string(body))
	return answer
}

// newest is the version of an event with the highest revision among what was handed on, and checks that all are one span.
func (f *fixture) newest(t *testing.T, id string) map[string]any {
	t.Helper()
	var newest map[string]any
	last, places := int64(-1), map[string]bool{}
	for _, td := range f.traces.AllTraces() {
		for _, rs := range td.ResourceSpans().All() {
			for _, s := range rs.ScopeSpans().At(0).Spans().All() {
				attrs := s.Attributes().AsRaw()
				if attrs["watchllm.native.id"] != id {
					continue
				}
				places[strings.Join([]string{s.TraceID().String(), s.SpanID().String(), s.StartTimestamp().String()}, " ")] = true
				revision, _ := attrs["watchllm.native.revision"].(int64)
				if revision > last {
					last = revision
					newest = map[string]any{
						"name": s.Name(), "end": s.EndTimestamp(), "status": s.Status().Code().String() + s.Status().Message(),
						"attributes": attrs, "resource": rs.Resource().Attributes().AsRaw(), "place": places,
					}
				}
			}
		}
	}
	require.Len(t, places, 1, id)
	return newest
}
