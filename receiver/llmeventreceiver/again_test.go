package llmeventreceiver

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// An event that was taken is a duplicate when it is sent again, whatever its type and form, and only for who sent it.
func TestEventsSentAgainAreDuplicates(t *testing.T) {
	f := start(t, options{auth: true})
	batch := `{"schema":"watchllm.events/1","events":[
		{"id":"a","type":"llm.call","model":"gpt-5","trace_id":"t","span_id":"s"},
		{"id":"a-usage","type":"token_usage","trace_id":"t","span_id":"s","usage":{"input_tokens":1}},
		{"id":"a-error","type":"error","trace_id":"t","span_id":"s","message":"x"},
		{"id":"b","type":"tool.call","name":"x"},
		{"id":"c","type":"log","body":"x"},
		{"id":"d","type":"evaluation","name":"x","score":1},
		{"id":"b","type":"tool.call","name":"x"},
		{"id":"e","type":"llm.call","usage":{"input_tokens":-1}}]}`
	for i, c := range []struct {
		key                  string
		accepted, duplicates int
	}{{"good", 6, 1}, {"good", 0, 7}, {"other", 6, 1}, {"good", 0, 7}} {
		a := f.post(t, "/api/v1/events", batch, "X-API-Key", c.key)
		require.Equal(t, http.StatusAccepted, a.status, a.text)
		assert.Contains(t, a.text, fmt.Sprintf(`{"accepted":%d,"duplicates":%d,"rejected":[{"index":7,`, c.accepted, c.duplicates), i)
	}
	a := f.post(t, "/api/v1/events", `[{"id":"new","type":"log","body":"x"},{"id":"c","type":"log","body":"something else"}]`, "X-API-Key", "good")
	assert.Equal(t, `{"accepted":1,"duplicates":1,"rejected":[]}`+"\n", a.text)
}

// Who counts what was taken may do so in the answer to a batch of which nothing was.
func TestNothingTakenIsCounted(t *testing.T) {
	f := start(t, options{})
	a := f.post(t, "/api/v1/events", `{"events":[{"id":"a","type":"llm.call","usage":{"input_tokens":-1}}]}`)
	require.Equal(t, http.StatusUnprocessableEntity, a.status)
	answer := a.json(t)
	assert.EqualValues(t, 0, answer["accepted"])
	assert.EqualValues(t, 0, answer["duplicates"])
	assert.Len(t, answer["rejected"], 1)
	assert.NotContains(t, f.post(t, "/api/v1/events", `{`).json(t), "accepted")
}

// What was not taken is no duplicate when it comes again.
func TestEventsThatWereNotTakenAreNoDuplicates(t *testing.T) {
	full := true
	next, err := consumer.NewTraces(func(context.Context, ptrace.Traces) error {
		if full {
			return assert.AnError
		}
		return nil
	})
	require.NoError(t, err)
	f := start(t, options{traces: next})
	event := `{"id":"a","type":"llm.call","model":"gpt-5"}`
	assert.Equal(t, http.StatusServiceUnavailable, f.post(t, "/api/v1/events", event).status)
	full = false
	assert.Equal(t, `{"accepted":1,"duplicates":0,"rejected":[]}`+"\n", f.post(t, "/api/v1/events", event).text)
	assert.Equal(t, `{"accepted":0,"duplicates":1,"rejected":[]}`+"\n", f.post(t, "/api/v1/events", event).text)
}

// A request of some bytes can name many large events, each of which is read, made and sent again as a whole: their text is in flight
// as well.
func TestLateFieldsOfLargeEventsHaveRoomToo(t *testing.T) {
	f := start(t, options{edit: func(c *Config) {
		c.ServerConfig.MaxRequestBodySize, c.MaxCompressedSize = 1<<20, 1<<20
		c.MaxInFlightSize = 8 << 20
	}})
	large := strings.Repeat("x", 200<<10)
	var merges, errors []string
	for i := range 30 {
		body := fmt.Sprintf(`{"id":"e-%d","type":"agent.run","span_id":"s-%d","attributes":{"a":"%s","b":"%s"}}`, i, i, large, large)
		require.Equal(t, http.StatusAccepted, f.post(t, "/api/v1/events", body).status)
		merges = append(merges, fmt.Sprintf(`{"id":"e-%d","op":"merge","attributes":{"k":1}}`, i))
		errors = append(errors, fmt.Sprintf(`{"id":"x-%d","type":"error","span_id":"s-%d","message":"m"}`, i, i))
	}
	spans := f.traces.SpanCount()
	for _, all := range [][]string{merges, errors} {
		a := f.post(t, "/api/v1/events", "["+strings.Join(all, ",")+"]")
		require.Equal(t, http.StatusServiceUnavailable, a.status, a.text)
		require.Equal(t, "1", a.header.Get("Retry-After"))
		require.Equal(t, spans, f.traces.SpanCount(), "nothing of it is taken")
	}
	for _, all := range [][]string{merges, errors} {
		a := f.post(t, "/api/v1/events", "["+strings.Join(all[:3], ",")+"]")
		require.Equal(t, `{"accepted":3,"duplicates":0,"rejected":[]}`+"\n", a.text, "what was refused is no repeat")
	}
}

// Usage for an event that cannot have any stands on its own, however much of it names the same event.
func TestUsageThatManyTimesNamesTheSameEvent(t *testing.T) {
	f := start(t, options{})
	require.Equal(t, http.StatusAccepted, f.post(t, "/api/v1/events", `[{"id":"run","type":"agent.run","span_id":"s-run"},{"id":"call","type":"llm.call","span_id":"s-call"}]`).status)
	for span, want := range map[string]string{
		"s-run":  `{"accepted":3,"duplicates":0,"rejected":[]}`,
		"s-call": `{"accepted":1,"duplicates":2,"rejected":[]}`,
	} {
		var usage []string
		for i := range 3 {
			usage = append(usage, fmt.Sprintf(`{"id":"%s-%d","type":"token_usage","span_id":"%s","usage":{"input_tokens":%d}}`, span, i, span, i+1))
		}
		assert.Equal(t, want+"\n", f.post(t, "/api/v1/events", "["+strings.Join(usage, ",")+"]").text, span)
	}
}
