package costing

import (
	"strings"
	"time"

	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/semconv"
)

// Row is what the store keeps of a call that decides its cost, and what was booked. Select it with RowColumns from llm_spans FINAL.
type Row struct {
	Tenant    string    `ch:"tenant_id"`
	Project   string    `ch:"project_id"`
	TraceID   string    `ch:"trace_id"`
	SpanID    string    `ch:"span_id"`
	Start     time.Time `ch:"start_time"`
	End       time.Time `ch:"end_time"`
	Retention uint16    `ch:"retention_days"`

	Role          string `ch:"role"`
	UsageRole     string `ch:"usage_role"`
	UsageBasis    string `ch:"usage_basis"`
	Operation     string `ch:"operation"`
	Provider      string `ch:"provider"`
	RequestModel  string `ch:"request_model"`
	ResponseModel string `ch:"response_model"`
	ServiceTier   string `ch:"service_tier"`
	ServerAddress string `ch:"server_address"`

	Input        *uint64 `ch:"input_tokens"`
	Output       *uint64 `ch:"output_tokens"`
	CacheRead    *uint64 `ch:"cache_read_tokens"`
	CacheWrite   *uint64 `ch:"cache_write_tokens"`
	CacheWrite5m *uint64 `ch:"cache_write_5m_tokens"`
	CacheWrite1h *uint64 `ch:"cache_write_1h_tokens"`
	Reasoning    *uint64 `ch:"reasoning_tokens"`

	// What has no column of its own: the attributes of unitAttributes and conditionAttributes.
	Units      map[string]int64  `ch:"price_units"`
	Flags      map[string]bool   `ch:"price_flags"`
	Conditions map[string]string `ch:"price_conditions"`

	// As booked. Amounts are decimal strings; nil is unknown.
	Cost           *string  `ch:"cost"`
	CostInput      *string  `ch:"cost_input"`
	CostCacheRead  *string  `ch:"cost_cache_read"`
	CostCacheWrite *string  `ch:"cost_cache_write"`
	CostOutput     *string  `ch:"cost_output"`
	CostFees       *string  `ch:"cost_fees"`
	CostReported   *string  `ch:"cost_reported"`
	CostComputed   *string  `ch:"cost_computed"`
	Currency       string   `ch:"cost_currency"`
	Status         string   `ch:"cost_status"`
	PriceID        string   `ch:"price_id"`
	PriceSource    string   `ch:"price_source"`
	EffectiveFrom  string   `ch:"price_effective_from"`
	Unpriced       []string `ch:"cost_unpriced"`

	// What was estimated for a call without counts; in no total.
	Estimated     *string `ch:"cost_estimated"`
	EstimatedLow  *string `ch:"cost_estimated_low"`
	EstimatedHigh *string `ch:"cost_estimated_high"`
}

// unitAttributes are the counts without a column of their own.
var unitAttributes = map[string]func(*pricing.Usage) *pricing.Count{
	semconv.GenAIUsageAudioInputTokens:             func(u *pricing.Usage) *pricing.Count { return &u.AudioInput },
	semconv.GenAIUsageAudioCacheReadInputTokens:    func(u *pricing.Usage) *pricing.Count { return &u.AudioCacheRead },
	semconv.GenAIUsageAudioOutputTokens:            func(u *pricing.Usage) *pricing.Count { return &u.AudioOutput },
	semconv.GenAIUsageImageInputTokens:             func(u *pricing.Usage) *pricing.Count { return &u.ImageInput },
	semconv.GenAIUsageImageOutputTokens:            func(u *pricing.Usage) *pricing.Count { return &u.ImageOutput },
	semconv.GenAIUsageVideoInputTokens:             func(u *pricing.Usage) *pricing.Count { return &u.VideoInput },
	semconv.WatchLLMUsageCitationOutputTokens:      func(u *pricing.Usage) *pricing.Count { return &u.Citation },
	semconv.WatchLLMUsageWebSearches:               func(u *pricing.Usage) *pricing.Count { return &u.WebSearches },
	semconv.WatchLLMUsageSearchUnits:               func(u *pricing.Usage) *pricing.Count { return &u.SearchUnits },
	semconv.WatchLLMUsageImages:                    func(u *pricing.Usage) *pricing.Count { return &u.Images },
	semconv.WatchLLMUsagePages:                     func(u *pricing.Usage) *pricing.Count { return &u.Pages },
	semconv.WatchLLMUsageCharacters:                func(u *pricing.Usage) *pricing.Count { return &u.Characters },
	semconv.WatchLLMUsageDurationMs:                func(u *pricing.Usage) *pricing.Count { return &u.Milliseconds },
	semconv.WatchLLMUsageImageCacheReadInputTokens: func(u *pricing.Usage) *pricing.Count { return &u.ImageCacheRead },
	semconv.WatchLLMUsageFileSearches:              func(u *pricing.Usage) *pricing.Count { return &u.FileSearches },
	semconv.WatchLLMUsageDocumentSearches:          func(u *pricing.Usage) *pricing.Count { return &u.DocumentSearches },
	semconv.WatchLLMUsageMapSearches:               func(u *pricing.Usage) *pricing.Count { return &u.MapSearches },
	semconv.WatchLLMUsageSearchSources:             func(u *pricing.Usage) *pricing.Count { return &u.SearchSources },
	semconv.WatchLLMUsageCodeExecutions:            func(u *pricing.Usage) *pricing.Count { return &u.CodeExecutions },
	semconv.WatchLLMUsageCodeSessions:              func(u *pricing.Usage) *pricing.Count { return &u.CodeSessions },
	semconv.WatchLLMUsageCodeDurationMs:            func(u *pricing.Usage) *pricing.Count { return &u.CodeMilliseconds },
}

// flagAttributes and conditionAttributes are the conditions of a price without a column of their own.
var flagAttributes = map[string]func(*pricing.Call) *bool{
	semconv.WatchLLMCallBatch:    func(c *pricing.Call) *bool { return &c.Batch },
	semconv.WatchLLMCallThinking: func(c *pricing.Call) *bool { return &c.Thinking },
}

var conditionAttributes = map[string]func(*pricing.Call) *string{
	semconv.OpenAIRequestServiceTier:  func(c *pricing.Call) *string { return &c.AskedTier },
	semconv.WatchLLMCallSpeed:         func(c *pricing.Call) *string { return &c.Speed },
	semconv.WatchLLMCallRegion:        func(c *pricing.Call) *string { return &c.Region },
	semconv.WatchLLMCallSearchContext: func(c *pricing.Call) *string { return &c.SearchContext },
	semconv.WatchLLMCallImageSize:     func(c *pricing.Call) *string { return &c.ImageSize },
	semconv.WatchLLMCallImageQuality:  func(c *pricing.Call) *string { return &c.ImageQuality },
}

// RowColumns is the list to select a Row with; the table may have the alias s.
func RowColumns() string {
	plain := []string{
		"tenant_id", "project_id", "trace_id", "span_id", "start_time", "end_time", "retention_days",
		"role", "usage_role", "usage_basis", "operation", "provider", "request_model", "response_model", "service_tier", "server_address",
		"input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens", "reasoning_tokens",
		"cost_currency", "cost_status", "price_id", "price_source", "price_effective_from", "cost_unpriced",
	}
	for _, amount := range []string{
		"cost", "cost_input", "cost_cache_read", "cost_cache_write", "cost_output", "cost_fees", "cost_reported", "cost_computed",
		"cost_estimated", "cost_estimated_low", "cost_estimated_high",
	} {
		plain = append(plain, "toString(s."+amount+") AS "+amount)
	}
	plain = append(plain,
		among("attributes_int", keys(unitAttributes))+" AS price_units",
		among("attributes_bool", keys(flagAttributes))+" AS price_flags",
		among("attributes_string", keys(conditionAttributes))+" AS price_conditions",
	)
	return strings.Join(plain, ", ")
}

// Call is the row as the book is asked about it.
func (r *Row) Call() Call {
	c := Call{Sum: sum(r.Role), LowerBound: lowerBound(r.UsageBasis)}
	c.Tenant, c.Provider, c.RequestModel, c.ResponseModel = r.Tenant, r.Provider, r.RequestModel, r.ResponseModel
	c.Operation, c.ServerAddress, c.ServiceTier = r.Operation, r.ServerAddress, r.ServiceTier
	c.Time = r.Start
	if c.Time.Unix() == 0 {
		c.Time = r.End
	}
	c.Time = moment(c.Time)
	c.Usage = pricing.Usage{
		Input: count(r.Input), Output: count(r.Output), CacheRead: count(r.CacheRead), CacheWrite: count(r.CacheWrite),
		CacheWrite5m: count(r.CacheWrite5m), CacheWrite1h: count(r.CacheWrite1h), Reasoning: count(r.Reasoning),
	}
	c.silent(r.Role)
	for key, n := range r.Units {
		if of := unitAttributes[key]; of != nil {
			*of(&c.Usage) = pricing.KnownCount(n)
		}
	}
	for key, v := range r.Flags {
		if of := flagAttributes[key]; of != nil {
			*of(&c.Call) = v
		}
	}
	for key, v := range r.Conditions {
		if of := conditionAttributes[key]; of != nil {
			*of(&c.Call) = v
		}
	}
	c.Batch = c.Batch || c.ServiceTier == "batch"
	if a := AmountOf(r.CostReported); a.Known {
		c.Reported = pricing.Reported{Amount: a, Authoritative: r.Status == string(pricing.StatusProviderReported)}
	}
	return c
}

func count(n *uint64) pricing.Count {
	if n == nil {
		return pricing.Count{}
	}
	return pricing.KnownCount(int64(*n)) //nolint:gosec // counts are bounded when they are read
}

// AmountOf reads an amount as the store gives it: a decimal string, or nil where it is not known.
func AmountOf(text *string) pricing.Amount {
	if text == nil {
		return pricing.Amount{}
	}
	a, err := pricing.ParseAmount(*text)
	if err != nil {
		return pricing.Amount{}
	}
	return a
}
