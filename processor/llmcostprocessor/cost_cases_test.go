package llmcostprocessor

import (
	"bufio"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/internal/testkit"
)

type costCase struct {
	ID         string         `json:"id"`
	Timestamp  time.Time      `json:"timestamp"`
	Batch      bool           `json:"batch"`
	Attributes map[string]any `json:"otel_attributes"`
	Expected   struct {
		Status string `json:"status"`
		Cost   string `json:"cost_usd"`
	} `json:"expected"`
}

// sayable reports whether the attributes carry all that decides the price: some meters and conditions have no attribute name yet.
func (c *costCase) sayable() bool {
	for key := range c.Attributes {
		if strings.HasPrefix(key, "x.") && key != "x.usage.cache_creation_1h.input_tokens" {
			return false
		}
	}
	// A bill in the provider's answer that no attribute repeats.
	return c.ID != "perplexity-005"
}

func (c *costCase) traces(t *testing.T) ptrace.Traces {
	t.Helper()
	td := ptrace.NewTraces()
	ss := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty()
	span := ss.Spans().AppendEmpty()
	a := span.Attributes()
	for key, v := range c.Attributes {
		switch key {
		case "otel.scope.name":
			ss.Scope().SetName(v.(string))
			continue
		case "x.usage.cache_creation_1h.input_tokens":
			key = semconv.WatchLLMUsageCacheWrite1hInputTokens
		}
		if n, isNumber := v.(float64); isNumber && n == float64(int64(n)) {
			a.PutInt(key, int64(n))
		} else {
			require.NoError(t, a.PutEmpty(key).FromRaw(v))
		}
	}
	if c.Batch {
		a.PutStr(semconv.OpenAIResponseServiceTier, "batch")
	}
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(c.Timestamp))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(c.Timestamp.Add(time.Second)))
	return td
}

// The price cases, from attributes to cost attributes, with the built-in price book. A model the book does not have yet may be a
// miss; it must never be a wrong price.
func TestCostCases(t *testing.T) {
	p, _ := newTestProcessor(t, &Config{})
	var err error
	p.pricer, err = pricing.Default()
	require.NoError(t, err)
	f, err := testkit.Captures().Open("cost-cases.jsonl")
	require.NoError(t, err)
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	right, missed, total := 0, 0, 0
	for lines.Scan() {
		var c costCase
		require.NoError(t, json.Unmarshal(lines.Bytes(), &c))
		if !c.sayable() {
			continue
		}
		total++
		attrs := allSpans(process(t, p, c.traces(t)))[0].Attributes()
		cost, status := text(attrs, semconv.WatchLLMCostAmount), text(attrs, semconv.WatchLLMCostStatus)
		ok := cost == c.Expected.Cost
		switch c.Expected.Status {
		case "priced":
			ok = ok && (status == "exact" || strings.HasPrefix(status, "assumed:"))
		case "skip_aggregate":
			ok = text(attrs, semconv.WatchLLMUsageRole) == semconv.UsageRoleAggregate // it has its price, and is in no total
		default:
			ok = ok && status == c.Expected.Status
		}
		if status == "unknown_model" && !ok {
			missed++
			continue
		}
		if assert.True(t, ok, "%s: %s %q, expected %s %q", c.ID, status, cost, c.Expected.Status, c.Expected.Cost) {
			right++
		}
	}
	require.NoError(t, lines.Err())
	assert.Less(t, missed, total/4, "most models of the cases are in the book")
	t.Logf("%d of %d price cases right, %d models not in the book", right, total, missed)
}
