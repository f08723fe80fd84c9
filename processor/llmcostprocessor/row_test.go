package llmcostprocessor

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/costing"
	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/internal/testkit"
)

// rowOf is a span as the store gives it back to be priced again: columns where there are some, else the maps of attributes by type.
func rowOf(t *testing.T, e *genai.Entry) costing.Row {
	t.Helper()
	row := costing.Row{
		Tenant: e.Tenant, Start: e.Span.StartTimestamp().AsTime(), End: e.Span.EndTimestamp().AsTime(),
		Units: map[string]int64{}, Flags: map[string]bool{}, Conditions: map[string]string{},
	}
	columns := map[string]string{}
	for _, c := range clickhouse.SpanColumns {
		if c.Source == clickhouse.SourceAttribute {
			columns[c.Attribute] = c.Name
		}
	}
	fields := map[string]reflect.Value{}
	v := reflect.ValueOf(&row).Elem()
	for i := range v.NumField() {
		fields[v.Type().Field(i).Tag.Get("ch")] = v.Field(i)
	}
	for key, a := range e.Span.Attributes().All() {
		if name, ok := columns[key]; ok {
			if f, ok := fields[name]; ok {
				setColumn(f, a)
			}
			continue
		}
		switch a.Type() {
		case pcommon.ValueTypeInt:
			row.Units[key] = a.Int()
		case pcommon.ValueTypeBool:
			row.Flags[key] = a.Bool()
		case pcommon.ValueTypeStr:
			row.Conditions[key] = a.Str()
		}
	}
	return row
}

func setColumn(f reflect.Value, a pcommon.Value) {
	switch {
	case f.Kind() == reflect.String:
		f.SetString(a.AsString())
	case f.Type() == reflect.TypeFor[*uint64]() && a.Type() == pcommon.ValueTypeInt && a.Int() >= 0:
		n := uint64(a.Int())
		f.Set(reflect.ValueOf(&n))
	case f.Type() == reflect.TypeFor[*string]() && a.Type() == pcommon.ValueTypeStr:
		s := a.Str()
		f.Set(reflect.ValueOf(&s))
	}
}

// assertRows prices the spans of a delivery, and again from what is on them then: it must be the same call with the same result. It
// returns how many spans had a price to compare.
func assertRows(t *testing.T, p *costProcessor, td ptrace.Traces, what string) (compared int) {
	t.Helper()
	w := &worker{}
	w.delivery.Traces = td
	for _, rs := range td.ResourceSpans().All() {
		for _, ss := range rs.ScopeSpans().All() {
			scope := genai.NewScope(ss.Scope().Name(), ss.Scope().Version())
			for _, span := range ss.Spans().All() {
				p.read(w, genai.Entry{Span: span, Tenant: "acme", Service: "shop", Scope: scope.Name}, &scope)
			}
		}
	}
	w.delivery.Settle(nil, 0)
	for i := range w.delivery.Entries {
		e := &w.delivery.Entries[i]
		p.finish(context.Background(), w, e)
		if text(e.Span.Attributes(), semconv.WatchLLMCostStatus) == "" {
			continue
		}
		compared++
		row := rowOf(t, e)
		want, got := costing.Of(&e.Call, e.Tenant, callTime(e.Span)), row.Call()
		want.Operation = got.Operation // no price depends on it, and some dialects do not trust it
		if !assert.Equal(t, want, got, "%s\n%v", what, testkit.Raw(e.Span.Attributes())) {
			return compared
		}
		assert.Equal(t, want.Price(p.pricer), got.Price(p.pricer), what)
		result := got.Price(p.pricer)
		assert.Equal(t, result.StatusText(), row.Status, what)
		assert.Equal(t, result.Amount.String(), text(e.Span.Attributes(), semconv.WatchLLMCostAmount), what)
	}
	return compared
}

// A stored row is priced as its span was, or correcting prices would change costs that were right.
func TestRowsArePricedAsTheirSpans(t *testing.T) {
	p, _ := newTestProcessor(t, &Config{TrustBills: true})
	book, err := pricing.Default()
	require.NoError(t, err)
	p.pricer = book
	cases := costCases(t)
	t.Run("cases", func(t *testing.T) {
		for _, c := range cases {
			assert.Equal(t, 1, assertRows(t, p, c.traces(t, c.withBill()), c.ID), c.ID)
			assert.Equal(t, 1, assertRows(t, p, c.traces(t, c.raw()), c.ID), c.ID)
		}
	})
	t.Run("captures", func(t *testing.T) {
		compared := 0
		for _, c := range testkit.Cases(t) {
			for _, td := range c.Traces(t) {
				compared += assertRows(t, p, td, c.Name())
			}
		}
		assert.Greater(t, compared, 1000)
	})
	t.Run("random", func(t *testing.T) {
		rnd := rand.New(rand.NewPCG(4, 2026))
		priced := 0
		for i := range 4000 {
			c := cases[rnd.IntN(len(cases))]
			attributes := c.withBill()
			if rnd.IntN(4) == 0 {
				attributes["gen_ai.usage.raw"] = string(cases[rnd.IntN(len(cases))].Usage)
			}
			for range rnd.IntN(8) {
				attributes[priceAttributes[rnd.IntN(len(priceAttributes))]] = randomValue(rnd)
			}
			td := c.traces(t, attributes)
			if s := scopes[rnd.IntN(len(scopes))]; s != "" {
				td.ResourceSpans().At(0).ScopeSpans().At(0).Scope().SetName(s)
			}
			priced += assertRows(t, p, td, fmt.Sprint(i, " ", c.ID))
			if t.Failed() {
				return
			}
		}
		assert.Greater(t, priced, 2000)
	})
}

var scopes = []string{"", "", "", "ai", "openinference.instrumentation.openai", "@traceloop/instrumentation-openai", "helicone", "com.anthropic.sdk.python", "posthog"}

// priceAttributes are names under which something that decides a price comes, ours among them.
var priceAttributes = []string{
	semconv.GenAIUsageInputTokens, semconv.GenAIUsageOutputTokens, semconv.GenAIUsageCacheReadInputTokens, semconv.GenAIUsageCacheWriteInputTokens,
	semconv.WatchLLMUsageCacheWrite5mInputTokens, semconv.WatchLLMUsageCacheWrite1hInputTokens, semconv.GenAIUsageReasoningOutputTokens,
	semconv.GenAIUsageAudioInputTokens, semconv.GenAIUsageAudioCacheReadInputTokens, semconv.GenAIUsageAudioOutputTokens,
	semconv.GenAIUsageImageInputTokens, semconv.GenAIUsageImageOutputTokens, semconv.GenAIUsageVideoInputTokens,
	semconv.WatchLLMUsageCitationOutputTokens, semconv.WatchLLMUsageWebSearches, semconv.WatchLLMUsageSearchUnits, semconv.WatchLLMUsageImages,
	semconv.WatchLLMUsagePages, semconv.WatchLLMUsageCharacters, semconv.WatchLLMUsageDurationMs, "x.usage.audio.seconds",
	semconv.WatchLLMCallBatch, semconv.WatchLLMCallThinking, semconv.WatchLLMCallSpeed, semconv.WatchLLMCallRegion, "cloud.region", "aws.region",
	semconv.WatchLLMCallSearchContext, semconv.WatchLLMCallImageSize, semconv.WatchLLMCallImageQuality, "gen_ai.request.image_size",
	semconv.OpenAIRequestServiceTier, semconv.OpenAIResponseServiceTier, "anthropic.response.service_tier", "gen_ai.service_tier",
	semconv.ServerAddress, semconv.GenAIProviderName, semconv.GenAIRequestModel, semconv.GenAIResponseModel, semconv.GenAIRequestReasoningLevel,
	semconv.WatchLLMCostReported, "gen_ai.usage.cost", "gen_ai.usage.cost.amount", "gen_ai.usage.cost.source", "gen_ai.usage.cost.currency",
	"gen_ai.usage.cost_in_usd_ticks", "llm.token_count.prompt", "helicone.response.usage.cost", "watchllm.dialect", semconv.WatchLLMUsageBasis,
}

func randomValue(rnd *rand.Rand) any {
	switch rnd.IntN(9) {
	case 0:
		return float64(rnd.IntN(400_000))
	case 1:
		return float64(-rnd.IntN(3))
	case 2:
		return rnd.Float64() * 10
	case 3:
		return rnd.IntN(2) == 0
	case 4:
		return fmt.Sprint(rnd.IntN(5000))
	case 5:
		return []any{"flex", "x"}
	case 6:
		return ""
	default:
		words := []string{
			"flex", "priority", "batch", "BATCH", "default", "us", "global", "eu-west-1", "fast", "high", "true", "provider", "EUR", "USD",
			"api.openai.com", "openrouter.ai", "localhost", "openai", "aws.bedrock", "gpt-4o", "1024x1792", "hd", "0.0123", "enabled",
		}
		return words[rnd.IntN(len(words))]
	}
}
