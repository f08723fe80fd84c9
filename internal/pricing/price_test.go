package pricing

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var july = at("2026-07-15T12:00:00Z")

func TestPriceStatuses(t *testing.T) {
	chat := Usage{Input: n(1000), Output: n(500)}
	for name, tc := range map[string]struct {
		call     Call
		status   string
		amount   string
		unpriced []string
	}{
		"exact":                         {Call{Provider: "openai", RequestModel: "gpt-4o", Usage: chat}, "exact", "0.0075", nil},
		"zero is a price":               {Call{Provider: "openai", RequestModel: "gpt-4o", Usage: Usage{Input: n(0), Output: n(0)}}, "exact", "0", nil},
		"nothing reported":              {Call{Provider: "openai", RequestModel: "gpt-4o"}, "no_usage", "", nil},
		"output missing":                {Call{Provider: "openai", RequestModel: "gpt-4o", Usage: Usage{Input: n(1000)}}, "partial", "0.0025", []string{"output"}},
		"input missing":                 {Call{Provider: "openai", RequestModel: "gpt-4o", Usage: Usage{Output: n(500)}}, "partial", "0.005", []string{"input"}},
		"embeddings have no output":     {Call{Provider: "openai", RequestModel: "text-embedding-3-small", Usage: Usage{Input: n(1000)}}, "exact", "0.00002", nil},
		"negative counts are not known": {Call{Provider: "openai", RequestModel: "gpt-4o", Usage: Usage{Input: n(-5), Output: n(500)}}, "partial", "0.005", []string{"input"}},
		"unknown model":                 {Call{Provider: "openai", RequestModel: "gpt-99", Usage: chat}, "unknown_model", "", nil},
		"unknown model without usage":   {Call{Provider: "openai", RequestModel: "gpt-99"}, "unknown_model", "", nil},
		"unknown provider":              {Call{Provider: "acme", RequestModel: "gpt-4o", Usage: chat}, "unknown_model", "", nil},
		"a tier without a price":        {Call{Provider: "anthropic", RequestModel: "claude-opus-4-8", ServiceTier: "ultrafast", Usage: chat}, "assumed:service_tier", "0.0175", nil},
		"a tier of commitments":         {Call{Provider: "anthropic", RequestModel: "claude-opus-4-8", ServiceTier: "priority", Usage: chat}, "assumed:committed_capacity", "0.0175", nil},
		"capacity bought in advance":    {Call{Provider: "gcp.vertex_ai", ServerAddress: "aiplatform.googleapis.com", RequestModel: "gemini-2.5-pro", ServiceTier: "PROVISIONED_THROUGHPUT", Usage: chat}, "assumed:committed_capacity", "0.00625", nil},
		"standard by any name":          {Call{Provider: "openai", RequestModel: "gpt-4o", ServiceTier: "Default", Usage: chat}, "exact", "0.0075", nil},
		"a speed without a price":       {Call{Provider: "anthropic", RequestModel: "claude-sonnet-5", Speed: "fast", Usage: chat}, "assumed:speed", "0.007", nil},
		"batch without a price":         {Call{Provider: "xai", RequestModel: "grok-3", Batch: true, Usage: chat}, "assumed:batch", "0.0105", nil},
		"no provider":                   {Call{RequestModel: "claude-opus-4-8", Usage: chat}, "assumed:provider", "0.0175", nil},
		"a gateway is no provider":      {Call{Provider: "litellm", RequestModel: "anthropic/claude-opus-4-8", Usage: chat}, "assumed:provider", "0.0175", nil},
		"no provider, open weights":     {Call{RequestModel: "mistral-large-2512", Usage: chat}, "unknown_model", "", nil},
		"answered by a stranger":        {Call{Provider: "openai", RequestModel: "gpt-4o", ResponseModel: "gpt-99", Usage: chat}, "assumed:request_model", "0.0075", nil},
		"free":                          {Call{Provider: "gcp.gemini", RequestModel: "gemma-3-27b-it", Usage: chat}, "free", "0", nil},
		"local by provider":             {Call{Provider: "ollama", RequestModel: "llama3.2", Usage: chat}, "local", "0", nil},
		"local by host":                 {Call{Provider: "openai", RequestModel: "qwen2.5-coder:32b", ServerAddress: "127.0.0.1:8000", Usage: chat}, "local", "0", nil},
		"local without usage":           {Call{Provider: "ollama", RequestModel: "llama3.2"}, "local", "0", nil},
		"a vendor behind one's proxy":   {Call{Provider: "openai", RequestModel: "gpt-5-mini", ServerAddress: "localhost:4000", Usage: chat}, "exact", "0.00125", nil},
		"a vendor's new model, proxied": {Call{Provider: "openai", RequestModel: "gpt-99", ServerAddress: "10.0.0.7", Usage: chat}, "unknown_model", "", nil},
		"open weights elsewhere":        {Call{Provider: "openai", RequestModel: "gpt-oss-120b", ServerAddress: "llm.example.com", Usage: chat}, "unknown_model", "", nil},
		"the host bills":                {Call{Provider: "openai", RequestModel: "gpt-4o", ServerAddress: "https://openrouter.ai/api", Usage: chat}, "unknown_model", "", nil},
		"audio at a text price":         {Call{Provider: "openai", RequestModel: "gpt-4.1", Usage: Usage{Input: n(1000), Output: n(500), AudioInput: n(400)}}, "partial", "0.0052", []string{"audio_input"}},
		"a fee without a price":         {Call{Provider: "openai", RequestModel: "gpt-4.1", Usage: Usage{Input: n(1000), Output: n(500), Pages: n(2)}}, "partial", "0.006", []string{"page"}},
		"a fee with a free allowance":   {Call{Provider: "gcp.gemini", RequestModel: "gemini-3.5-flash", Usage: Usage{Input: n(1000), Output: n(500), WebSearches: n(2)}}, "assumed:free_allowance", "0.034", nil},
		"too much to be true":           {Call{Provider: "openai", RequestModel: "gpt-4o", Usage: Usage{Input: n(1 << 62), Output: n(1)}}, "partial", "", []string{"overflow"}},
		"parts above the whole":         {Call{Provider: "openai", RequestModel: "gpt-4o", Usage: Usage{Input: n(1000), Output: n(500), CacheRead: n(1500)}}, "assumed:usage_overlap", "0.00625", nil},
		"the provider's bill": {Call{
			Provider: "openai", RequestModel: "gpt-4o", Usage: chat, Reported: Reported{Amount: USD(42), Authoritative: true},
		}, "provider_reported", "0.000000000042", nil},
		"a client's estimate": {Call{Provider: "openai", RequestModel: "gpt-4o", Usage: chat, Reported: Reported{Amount: USD(42)}}, "exact", "0.0075", nil},
		"several assumptions": {Call{
			Provider: "azure", RequestModel: "gpt-4o", ServiceTier: "scale", Usage: chat,
		}, "assumed:deployment_type+committed_capacity", "0.0075", nil},
	} {
		t.Run(name, func(t *testing.T) {
			tc.call.Time = july
			r := book(t).Price(&tc.call)
			assert.Equal(t, tc.status, r.StatusText())
			assert.Equal(t, tc.amount, r.Amount.String())
			assert.Equal(t, tc.unpriced, r.Unpriced)
			assert.Equal(t, r.Amount.Known, r.Currency != "")
			if r.Status == StatusExact || r.Status == StatusAssumed {
				assert.NotEmpty(t, r.PriceID)
				assert.NotEmpty(t, r.PriceSource)
			}
		})
	}
}

func TestReportedStandsBesideOurs(t *testing.T) {
	r := book(t).Price(&Call{
		Provider: "openai", RequestModel: "gpt-4o", Time: july, Usage: Usage{Input: n(1000), Output: n(500)},
		Reported: Reported{Amount: USD(8_000_000_000), Currency: "EUR", Authoritative: true},
	})
	assert.Equal(t, StatusProviderReported, r.Status)
	assert.Equal(t, "0.008", r.Amount.String())
	assert.Equal(t, "EUR", r.Currency)
	assert.Equal(t, "0.0075", r.Computed.String())
	assert.Empty(t, r.PriceID)
	assert.False(t, r.Components.Input.Known)

	// A bill needs neither a known model nor counts.
	r = book(t).Price(&Call{Provider: "acme", RequestModel: "x", Reported: Reported{Amount: USD(1), Authoritative: true}})
	assert.Equal(t, StatusProviderReported, r.Status)
	assert.False(t, r.Computed.Known)
}

func TestComponents(t *testing.T) {
	r := book(t).Price(&Call{
		Provider: "anthropic", ResponseModel: "claude-opus-5", Time: at("2026-08-01T00:00:00Z"), Region: "us",
		Usage: Usage{
			Input: n(60_000), Output: n(2_000), CacheRead: n(50_000), CacheWrite: n(6_000), CacheWrite5m: n(5_000), CacheWrite1h: n(1_000),
			WebSearches: n(4),
		},
	})
	assert.Equal(t, "exact", r.StatusText())
	assert.Equal(t, "0.022", r.Components.Input.String())
	assert.Equal(t, "0.0275", r.Components.CacheRead.String())
	assert.Equal(t, "0.045375", r.Components.CacheWrite.String())
	assert.Equal(t, "0.055", r.Components.Output.String())
	assert.Equal(t, "0.04", r.Components.Fees.String(), "fees are not multiplied")
	assert.Equal(t, "0.189875", r.Amount.String())
	assert.Equal(t, "anthropic/claude-opus-5@2026-07-24", recordOf(r))
	assert.Equal(t, "2026-07-24", r.EffectiveFrom)
	assert.Contains(t, r.PriceSource, "https://platform.claude.com/")

	// What was not reported is not a zero.
	r = book(t).Price(&Call{Provider: "anthropic", ResponseModel: "claude-opus-5", Time: july, Usage: Usage{Input: n(1), Output: n(1), CacheRead: n(0)}})
	assert.True(t, r.Components.CacheRead.Known)
	assert.False(t, r.Components.CacheWrite.Known)
	assert.False(t, r.Components.Fees.Known)
}

func TestCacheWrites(t *testing.T) {
	price := func(model string, u Usage) (string, string) {
		u.Input, u.Output = n(10_000), n(0)
		r := book(t).Price(&Call{RequestModel: model, Provider: "anthropic", Time: july, Usage: u})
		return r.StatusText(), r.Amount.String()
	}
	for name, tc := range map[string]struct {
		usage          Usage
		status, amount string
	}{
		"five minutes":        {Usage{CacheWrite5m: n(10_000)}, "exact", "0.0625"},
		"an hour":             {Usage{CacheWrite1h: n(10_000)}, "exact", "0.1"},
		"both and their sum":  {Usage{CacheWrite: n(10_000), CacheWrite5m: n(4_000), CacheWrite1h: n(6_000)}, "exact", "0.085"},
		"only the sum":        {Usage{CacheWrite: n(10_000)}, "assumed:cache_write_ttl", "0.0625"},
		"part of it unstated": {Usage{CacheWrite: n(10_000), CacheWrite1h: n(6_000)}, "assumed:cache_write_ttl", "0.085"},
		"more than the sum":   {Usage{CacheWrite: n(1_000), CacheWrite5m: n(4_000), CacheWrite1h: n(6_000)}, "exact", "0.085"},
	} {
		t.Run(name, func(t *testing.T) {
			status, amount := price("claude-opus-4-8", tc.usage)
			assert.Equal(t, tc.status, status)
			assert.Equal(t, tc.amount, amount)
		})
	}
	status, amount := price("claude-3-sonnet", Usage{CacheWrite: n(4_000), CacheRead: n(4_000)})
	assert.Equal(t, "assumed:no_cache_price", status, "a model without cache prices")
	assert.Equal(t, "0.03", amount)
}

func TestContextBands(t *testing.T) {
	price := func(provider, model string, input, cached int64) string {
		r := book(t).Price(&Call{
			Provider: provider, RequestModel: model, Time: at("2026-02-10T00:00:00Z"),
			Usage: Usage{Input: n(input), Output: n(1000), CacheRead: n(cached)},
		})
		return r.Amount.String()
	}
	// Above 200,000, exclusive; the prompt counts what was cached; the whole call is repriced.
	assert.Equal(t, "1.025", price("anthropic", "claude-opus-4-6", 200_000, 0))
	assert.Equal(t, "2.03751", price("anthropic", "claude-opus-4-6", 200_001, 0))
	assert.Equal(t, "0.23751", price("anthropic", "claude-opus-4-6", 200_001, 200_000))

	r := book(t).Price(&Call{Provider: "xai", RequestModel: "grok-4.7", Time: at("2026-10-01T00:00:00Z"), Usage: Usage{Input: n(200_000), Output: n(0)}})
	assert.Equal(t, "0.8", r.Amount.String(), "xAI's band begins at 200,000, inclusive")
	r = book(t).Price(&Call{Provider: "xai", RequestModel: "grok-4.7", Time: at("2026-10-01T00:00:00Z"), Batch: true, Usage: Usage{Input: n(200_000), Output: n(0)}})
	assert.Equal(t, "0.64", r.Amount.String(), "batch takes its share off the band too")
}

func TestPricesAreDated(t *testing.T) {
	price := func(model, when string) Result {
		c := Call{RequestModel: model, Usage: Usage{Input: n(1_000_000), Output: n(0), CacheRead: n(0)}}
		if when != "" {
			c.Time = at(when)
		}
		if c.Provider = "openai"; strings.HasPrefix(model, "mistral") {
			c.Provider = "mistral"
		}
		return book(t).Price(&c)
	}
	r := price("gpt-5.6-sol", "2026-08-21T00:00:00Z")
	assert.Equal(t, "8", r.Amount.String(), "the day of the cut, in the long band")
	r = price("gpt-5.6-sol", "2026-08-20T23:59:59Z")
	assert.Equal(t, "10", r.Amount.String())
	assert.Equal(t, "2026-07-09", r.EffectiveFrom)
	assert.Equal(t, "exact", r.StatusText())

	r = price("gpt-5.6-sol", "2026-07-01T00:00:00Z")
	assert.Equal(t, "assumed:price_date", r.StatusText(), "older than the model")
	r = price("gpt-5.6-sol", "")
	assert.Equal(t, "assumed:time", r.StatusText(), "no time: today's price")
	assert.Equal(t, "8", r.Amount.String())

	r = price("mistral-medium-latest", "2026-06-15T23:00:00Z")
	assert.Equal(t, "0.4", r.Amount.String())
	r = price("mistral-medium-latest", "2026-06-16T00:00:00Z")
	assert.Equal(t, "1.5", r.Amount.String(), "the name moved")
	assert.Contains(t, r.PriceID, "mistral-medium-2604", "and says to what")
}

func TestTimeWindows(t *testing.T) {
	price := func(when, status string) string {
		r := book(t).Price(&Call{Provider: "deepseek", RequestModel: "deepseek-v4-pro", Time: at(when), Usage: Usage{Input: n(1_000_000), Output: n(0)}})
		require.Equal(t, status, r.StatusText(), when)
		return r.Amount.String()
	}
	for when, want := range map[string]string{
		"2026-08-10T02:00:00Z":      "0.435", // before there were windows
		"2026-08-16T15:59:59Z":      "0.435",
		"2026-08-16T16:00:00Z":      "0.66",
		"2026-08-20T00:59:59Z":      "0.66",
		"2026-08-20T01:00:00Z":      "1.32",
		"2026-08-20T03:59:59Z":      "1.32",
		"2026-08-20T04:00:00Z":      "0.66",
		"2026-08-20T06:00:00Z":      "1.32",
		"2026-08-20T10:00:00Z":      "0.66",
		"2026-08-22T02:00:00Z":      "1.32", // a Saturday of the first week, when every day had a peak
		"2026-08-23T02:00:00Z":      "0.66", // a Sunday
		"2026-09-08T02:00:00Z":      "1.32", // a Tuesday
		"2026-09-08T10:00:00+08:00": "1.32", // the same instant in another zone
	} {
		assert.Equal(t, want, price(when, "exact"), when)
	}
	// Whether a day is a public holiday is the calendar's word and not the provider's, and the calendar ends.
	for when, want := range map[string]string{
		"2026-10-01T02:00:00Z": "0.66",
		"2027-01-01T02:00:00Z": "0.66",
		"2027-02-08T02:00:00Z": "1.32", // a Monday of the spring festival that no notice has been read for
	} {
		assert.Equal(t, want, price(when, "assumed:holiday"), when)
	}
	assert.Equal(t, "0.66", price("2026-10-01T05:00:00Z", "exact"), "between the peaks of a holiday")
	assert.Equal(t, "0.66", price("2027-02-06T02:00:00Z", "exact"), "a Saturday")
}

func TestRegions(t *testing.T) {
	price := func(c Call) (string, string) {
		c.Time = july
		c.Usage = Usage{Input: n(1_000_000), Output: n(0)}
		r := book(t).Price(&c)
		return r.StatusText(), r.Amount.String()
	}
	for name, tc := range map[string]struct {
		call           Call
		status, amount string
	}{
		"us inference":               {Call{Provider: "anthropic", RequestModel: "claude-opus-4-8", Region: "us"}, "exact", "5.5"},
		"global inference":           {Call{Provider: "anthropic", RequestModel: "claude-opus-4-8", Region: "global"}, "exact", "5"},
		"no word of it":              {Call{Provider: "anthropic", RequestModel: "claude-opus-4-8"}, "exact", "5"},
		"models before 2026-02":      {Call{Provider: "anthropic", RequestModel: "claude-opus-4-5", Region: "us"}, "exact", "5"},
		"a European host":            {Call{Provider: "openai", RequestModel: "gpt-5.4-mini", ServerAddress: "eu.api.openai.com"}, "exact", "0.825"},
		"the common host":            {Call{Provider: "openai", RequestModel: "gpt-5.4-mini", ServerAddress: "api.openai.com"}, "exact", "0.75"},
		"a European profile":         {Call{Provider: "aws.bedrock", RequestModel: "eu.anthropic.claude-opus-4-5-20251101-v1:0"}, "exact", "5.5"},
		"a global profile":           {Call{Provider: "aws.bedrock", RequestModel: "global.anthropic.claude-opus-4-5-20251101-v1:0"}, "exact", "5"},
		"no profile":                 {Call{Provider: "aws.bedrock", RequestModel: "anthropic.claude-opus-4-5-20251101-v1:0"}, "assumed:region", "5.5"},
		"no profile, one region":     {Call{Provider: "aws.bedrock", RequestModel: "anthropic.claude-opus-4-5-20251101-v1:0", Region: "us-east-1"}, "exact", "5.5"},
		"GovCloud by its profile":    {Call{Provider: "aws.bedrock", RequestModel: "us-gov.anthropic.claude-opus-4-5-20251101-v1:0"}, "exact", "6"},
		"GovCloud by its host":       {Call{Provider: "aws.bedrock", RequestModel: "anthropic.claude-opus-4-5-20251101-v1:0", ServerAddress: "bedrock-runtime.us-gov-west-1.amazonaws.com"}, "exact", "6"},
		"GovCloud, one price else":   {Call{Provider: "aws.bedrock", RequestModel: "us-gov.amazon.nova-pro-v1:0"}, "exact", "0.96"},
		"Nova elsewhere":             {Call{Provider: "aws.bedrock", RequestModel: "us.amazon.nova-pro-v1:0"}, "exact", "0.8"},
		"Grok in GovCloud":           {Call{Provider: "aws.bedrock", RequestModel: "xai.grok-4.7", Region: "us-gov-west-1"}, "assumed:price_date", "2.64"},
		"provisioned on Azure":       {Call{Provider: "azure.ai.openai", RequestModel: "gpt-4.1", Region: "DataZoneProvisionedManaged"}, "assumed:committed_capacity", "2"},
		"Azure Government":           {Call{Provider: "azure.ai.openai", RequestModel: "gpt-5.1", ServerAddress: "acme.openai.azure.us"}, "assumed:region", "1.71875"},
		"a bare name on Bedrock":     {Call{Provider: "aws.bedrock", RequestModel: "claude-opus-4-5"}, "assumed:region", "5"},
		"a profile's ARN":            {Call{Provider: "bedrock", RequestModel: "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-opus-4-5-20251101-v1:0"}, "exact", "5.5"},
		"an application's ARN":       {Call{Provider: "bedrock", RequestModel: "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a1b2c3"}, "unknown_model", ""},
		"Vertex in one region":       {Call{Provider: "gcp.vertex_ai", RequestModel: "claude-opus-4-5@20251101", ServerAddress: "europe-west1-aiplatform.googleapis.com"}, "exact", "5.5"},
		"Vertex everywhere":          {Call{Provider: "gcp.vertex_ai", RequestModel: "claude-opus-4-5@20251101", ServerAddress: "aiplatform.googleapis.com"}, "exact", "5"},
		"Vertex, who knows where":    {Call{Provider: "gcp.vertex_ai", RequestModel: "claude-opus-4-5@20251101"}, "assumed:region", "5"},
		"older Claude on Vertex":     {Call{Provider: "gcp.vertex_ai", RequestModel: "claude-3-5-sonnet@20240620", ServerAddress: "us-east5-aiplatform.googleapis.com"}, "exact", "3"},
		"an Azure Data Zone":         {Call{Provider: "azure.ai.openai", RequestModel: "gpt-4.1", Region: "data_zone"}, "exact", "2.2"},
		"an Azure Global deployment": {Call{Provider: "azure.ai.openai", RequestModel: "gpt-4.1", Region: "global"}, "exact", "2"},
		"xAI's US endpoint":          {Call{Provider: "xai", RequestModel: "grok-4.5", ServerAddress: "us-east-1.api.x.ai"}, "exact", "4.4"},
	} {
		t.Run(name, func(t *testing.T) {
			status, amount := price(tc.call)
			assert.Equal(t, tc.status, status)
			assert.Equal(t, tc.amount, amount)
		})
	}
}

func TestRoundingIsOncePerCall(t *testing.T) {
	b := load(t, `
provider: test
source: {page: p, read: "2026-01-02"}
regions: {up: {only: [x], times: 1.1}}
models:
  m:
    region: up
    prices:
      - mtok: {input: 0.000001, cache_read: 0.0000005, output: 0.000001}
        fees: {hour: 0.04}
`)
	// 1 token costs one pico-USD, and half of one when cached.
	price := func(u Usage) Result { return b.Price(&Call{Provider: "test", RequestModel: "m", Time: july, Usage: u}) }
	r := price(Usage{Input: n(3), CacheRead: n(1), Output: n(0)})
	assert.Equal(t, int64(2), r.Amount.Pico, "2.5 goes to the even 2")
	assert.Equal(t, int64(2), r.Components.Input.Pico)
	assert.Equal(t, int64(0), r.Components.CacheRead.Pico, "0.5 goes to the even 0")
	r = price(Usage{Input: n(2), CacheRead: n(1), Output: n(0)})
	assert.Equal(t, int64(2), r.Amount.Pico, "1.5 goes to the even 2")
	// 10 seconds of 0.04 an hour are a third that never ends.
	r = price(Usage{Input: n(0), Output: n(0), Milliseconds: n(10_000)})
	assert.Equal(t, "0.000111111111", r.Amount.String())
}

func TestMinimumDuration(t *testing.T) {
	b := load(t, `
provider: test
source: {page: p, read: "2026-01-02"}
models:
  m: {min_seconds: 10, prices: [{fees: {hour: 0.36}}]}
`)
	price := func(ms int64) string {
		r := b.Price(&Call{Provider: "test", RequestModel: "m", Time: july, Usage: Usage{Milliseconds: n(ms)}})
		require.Equal(t, "exact", r.StatusText())
		return r.Amount.String()
	}
	assert.Equal(t, "0.001", price(4_000))
	assert.Equal(t, "0.001", price(10_000))
	assert.Equal(t, "0.0010001", price(10_001))
}

func TestZeroTimeUsesTheDayTheBookWasRead(t *testing.T) {
	b := load(t, `
provider: test
source: {page: p, read: "2026-06-01"}
models:
  m:
    prices:
      - {from: 2026-01-01, mtok: {input: 1, output: 1}}
      - {from: 2027-01-01, mtok: {input: 2, output: 2}}
`)
	assert.Equal(t, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), b.AsOf())
	r := b.Price(&Call{Provider: "test", RequestModel: "m", Usage: Usage{Input: n(1_000_000), Output: n(0)}})
	assert.Equal(t, "1", r.Amount.String(), "not the price announced for next year")
}
