package llmcostprocessor

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/processor/processortest"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/internal/testkit"
	"github.com/watchllm/watchllm/processor/llmcostprocessor/internal/metadata"
)

func processLogs(t *testing.T, content ContentConfig, ld plog.Logs) plog.Logs {
	t.Helper()
	cfg := createDefaultConfig().(*Config)
	cfg.Content = content
	sink := new(consumertest.LogsSink)
	p, err := NewFactory().CreateLogs(t.Context(), processortest.NewNopSettings(metadata.Type), cfg, sink)
	require.NoError(t, err)
	require.NoError(t, p.Start(t.Context(), nil))
	require.NoError(t, p.ConsumeLogs(t.Context(), ld))
	require.NoError(t, p.Shutdown(t.Context()))
	return sink.AllLogs()[0]
}

func logWire(t *testing.T, ld plog.Logs) string {
	t.Helper()
	raw, err := (&plog.JSONMarshaler{}).MarshalLogs(ld)
	require.NoError(t, err)
	return string(raw)
}

// judged is an evaluation and a prompt of each of two tenants.
func judged() plog.Logs {
	ld := plog.NewLogs()
	for _, tenant := range []string{"acme", "quiet"} {
		rl := ld.ResourceLogs().AppendEmpty()
		tenancy.Stamp(rl.Resource().Attributes(), tenant, "shop")
		rl.Resource().Attributes().PutStr("process.command_line", "claude -p SECRET")
		sl := rl.ScopeLogs().AppendEmpty()
		score := sl.LogRecords().AppendEmpty()
		score.SetEventName("gen_ai.evaluation.result")
		score.Attributes().PutStr(semconv.GenAIEvaluationName, "fair")
		score.Attributes().PutDouble(semconv.GenAIEvaluationScoreValue, 0.5)
		score.Attributes().PutStr(semconv.GenAIEvaluationExplanation, "SECRET was said")
		prompt := sl.LogRecords().AppendEmpty()
		prompt.SetEventName("gen_ai.user.message")
		prompt.Body().SetEmptyMap().PutStr("content", "SECRET")
		prompt.Attributes().PutStr("prompt", "SECRET")
		prompt.Attributes().PutStr("my.app.userMessage", "SECRET")
		prompt.Attributes().PutStr(semconv.GenAIRequestModel, "gpt-5")
		prompt.Attributes().PutInt("prompt_length", 6)
	}
	return ld
}

func TestContentOfLogs(t *testing.T) {
	assert.Equal(t, logWire(t, judged()), logWire(t, processLogs(t, ContentConfig{Mode: "keep", MaxBytes: 1024}, judged())))

	out := processLogs(t, ContentConfig{Mode: "keep", MaxBytes: 1024, Tenants: map[string]TenantContent{"quiet": {Mode: "drop"}}}, judged())
	kept, dropped := plog.NewLogs(), plog.NewLogs()
	out.ResourceLogs().At(0).CopyTo(kept.ResourceLogs().AppendEmpty())
	out.ResourceLogs().At(1).CopyTo(dropped.ResourceLogs().AppendEmpty())
	assert.Equal(t, 5, strings.Count(logWire(t, kept), "SECRET"))
	assert.NotContains(t, logWire(t, dropped), "SECRET")
	records := dropped.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords()
	assert.Equal(t, map[string]any{
		semconv.GenAIEvaluationName: "fair", semconv.GenAIEvaluationScoreValue: 0.5, semconv.WatchLLMContentDropped: []any{semconv.GenAIEvaluationExplanation},
	}, records.At(0).Attributes().AsRaw())
	assert.Equal(t, map[string]any{
		semconv.GenAIRequestModel: "gpt-5", "prompt_length": int64(6), semconv.WatchLLMContentDropped: []any{"body", "my.app.userMessage", "prompt"},
	}, records.At(1).Attributes().AsRaw())
}

func TestCutOfLogs(t *testing.T) {
	const limit = 300
	ld := judged()
	records := ld.ResourceLogs().At(0).ScopeLogs().At(0).LogRecords()
	records.At(0).Body().SetStr(strings.Repeat("long ", 1000))
	records.At(1).Body().Map().PutStr("content", strings.Repeat("long ", 1000))
	records.At(1).Attributes().PutStr("prompt", strings.Repeat("long ", 1000))
	records = processLogs(t, ContentConfig{Mode: "cut", MaxBytes: limit}, ld).ResourceLogs().At(0).ScopeLogs().At(0).LogRecords()
	assert.LessOrEqual(t, len(records.At(0).Body().Str()), limit)
	content, _ := records.At(1).Body().Map().Get("content")
	assert.LessOrEqual(t, len(content.Str()), limit)
	prompt, _ := records.At(1).Attributes().Get("prompt")
	assert.LessOrEqual(t, len(prompt.Str()), limit)
	noted, _ := records.At(1).Attributes().Get(semconv.WatchLLMContentTruncated)
	assert.Equal(t, []any{"body", "prompt"}, noted.AsRaw())
}

// Drop is the same promise for the events of every recorded client.
func TestDropLeavesNoWordsInLogs(t *testing.T) {
	spoke := 0
	for _, c := range testkit.Cases(t) {
		for _, ld := range c.Logs(t) {
			if said.MatchString(logWire(t, ld)) {
				spoke++
			}
			wire := logWire(t, processLogs(t, ContentConfig{Mode: "drop", MaxBytes: 1024}, ld))
			if at := said.FindStringIndex(wire); at != nil {
				t.Errorf("%s: still says %q", c.Name(), wire[max(at[0]-80, 0):at[1]])
			}
		}
	}
	assert.Positive(t, spoke, "some recorded events have words to drop")
}
