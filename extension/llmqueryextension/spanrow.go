package llmqueryextension

import (
	"strings"
	"time"

	"github.com/watchllm/watchllm/internal/semconv"
)

// spanRow is one row of the statement trace.
type spanRow struct {
	SpanID        string    `ch:"span_id"`
	ParentSpanID  string    `ch:"parent_span_id"`
	TraceState    string    `ch:"trace_state"`
	Flags         uint32    `ch:"flags"`
	StartTime     time.Time `ch:"start_time"`
	EndTime       time.Time `ch:"end_time"`
	DurationNS    uint64    `ch:"duration_ns"`
	IngestedAt    time.Time `ch:"ingested_at"`
	Name          string    `ch:"name"`
	Kind          string    `ch:"kind"`
	StatusCode    string    `ch:"status_code"`
	StatusMessage string    `ch:"status_message"`

	ServiceName    string `ch:"service_name"`
	ServiceVersion string `ch:"service_version"`
	Environment    string `ch:"environment"`
	ScopeName      string `ch:"scope_name"`
	ScopeVersion   string `ch:"scope_version"`

	Role           string `ch:"role"`
	UsageRole      string `ch:"usage_role"`
	RoleReason     string `ch:"usage_role_reason"`
	CountedBy      string `ch:"usage_counted_by"`
	Signal         string `ch:"signal"`
	EventName      string `ch:"event_name"`
	Dialect        string `ch:"dialect"`
	DialectVersion string `ch:"dialect_version"`
	Operation      string `ch:"operation"`
	Provider       string `ch:"provider"`
	RequestModel   string `ch:"request_model"`
	ResponseModel  string `ch:"response_model"`
	ResponseID     string `ch:"response_id"`

	InputTokens        *uint64  `ch:"input_tokens"`
	OutputTokens       *uint64  `ch:"output_tokens"`
	CacheReadTokens    *uint64  `ch:"cache_read_tokens"`
	CacheWriteTokens   *uint64  `ch:"cache_write_tokens"`
	CacheWrite5mTokens *uint64  `ch:"cache_write_5m_tokens"`
	CacheWrite1hTokens *uint64  `ch:"cache_write_1h_tokens"`
	ReasoningTokens    *uint64  `ch:"reasoning_tokens"`
	UsageSource        string   `ch:"usage_source"`
	UsageMissingReason string   `ch:"usage_missing_reason"`
	UsageBasis         string   `ch:"usage_basis"`
	UsageFlags         []string `ch:"usage_flags"`

	Cost               *string  `ch:"cost"`
	CostInput          *string  `ch:"cost_input"`
	CostCacheRead      *string  `ch:"cost_cache_read"`
	CostCacheWrite     *string  `ch:"cost_cache_write"`
	CostOutput         *string  `ch:"cost_output"`
	CostFees           *string  `ch:"cost_fees"`
	CostReported       *string  `ch:"cost_reported"`
	CostCurrency       string   `ch:"cost_currency"`
	CostStatus         string   `ch:"cost_status"`
	PriceID            string   `ch:"price_id"`
	PriceSource        string   `ch:"price_source"`
	PriceEffectiveFrom string   `ch:"price_effective_from"`
	CostUnpriced       []string `ch:"cost_unpriced"`
	CostEstimated      *string  `ch:"cost_estimated"`
	CostEstimatedLow   *string  `ch:"cost_estimated_low"`
	CostEstimatedHigh  *string  `ch:"cost_estimated_high"`
	EstimatedInput     *int64   `ch:"estimated_input_tokens"`
	EstimatedOutput    *int64   `ch:"estimated_output_tokens"`
	EstimatedMethod    string   `ch:"estimated_method"`

	Stream           *bool    `ch:"stream"`
	TTFTSeconds      *float64 `ch:"ttft_s"`
	FinishReasons    []string `ch:"finish_reasons"`
	FinishReasonRaw  string   `ch:"finish_reason_raw"`
	ErrorType        string   `ch:"error_type"`
	Outcome          string   `ch:"outcome"`
	ConversationID   string   `ch:"conversation_id"`
	UserID           string   `ch:"user_id"`
	AgentID          string   `ch:"agent_id"`
	AgentName        string   `ch:"agent_name"`
	WorkflowName     string   `ch:"workflow_name"`
	ToolName         string   `ch:"tool_name"`
	ToolType         string   `ch:"tool_type"`
	ToolCallID       string   `ch:"tool_call_id"`
	DataSourceID     string   `ch:"data_source_id"`
	PromptName       string   `ch:"prompt_name"`
	PromptVersion    string   `ch:"prompt_version"`
	ServiceTier      string   `ch:"service_tier"`
	ServerAddress    string   `ch:"server_address"`
	Temperature      *float64 `ch:"request_temperature"`
	TopP             *float64 `ch:"request_top_p"`
	RequestMaxTokens *uint64  `ch:"request_max_tokens"`

	// NativeID is the id of the event that the span came as.
	NativeID string `ch:"native_id"`

	DroppedAttributes uint32 `ch:"dropped_attributes"`
	DroppedEvents     uint32 `ch:"dropped_events"`
	DroppedLinks      uint32 `ch:"dropped_links"`
	ContentBytes      uint64 `ch:"content_bytes"`

	// Corrections is how many the call has; the other two are what the columns of the same name held before.
	Corrections    int     `ch:"-"`
	BookedCost     *string `ch:"-"`
	BookedCurrency string  `ch:"-"`
}

// hasOutput is false for calls that return vectors or scores: their missing output count is nothing unknown.
func (r *spanRow) hasOutput() bool {
	return r.Role != semconv.RoleEmbedding && r.Role != semconv.RoleRerank
}

func (r *spanRow) isCall() bool { return r.UsageRole == semconv.UsageRoleCall }

func (r *spanRow) failed() bool {
	return r.StatusCode == "error" || r.Outcome == semconv.OutcomeError
}

func (r *spanRow) partial() bool { return r.CostStatus == semconv.CostStatusPartial }

// isSummed reports whether an amount counts into sums; rows without a currency were priced in ours.
func isSummed(c string) bool { return c == "" || strings.EqualFold(c, currency) }

// contentRow is one row of the statement trace_content.
type contentRow struct {
	SpanID             string `ch:"span_id"`
	InputMessages      string `ch:"input_messages"`
	OutputMessages     string `ch:"output_messages"`
	SystemInstructions string `ch:"system_instructions"`
	ToolDefinitions    string `ch:"tool_definitions"`
	ToolArguments      string `ch:"tool_arguments"`
	ToolResult         string `ch:"tool_result"`

	AttributesString   map[string]string  `ch:"attributes_string"`
	AttributesInt      map[string]int64   `ch:"attributes_int"`
	AttributesDouble   map[string]float64 `ch:"attributes_double"`
	AttributesBool     map[string]bool    `ch:"attributes_bool"`
	AttributesJSON     map[string]string  `ch:"attributes_json"`
	ResourceAttributes map[string]string  `ch:"resource_attributes"`
	ScopeAttributes    map[string]string  `ch:"scope_attributes"`

	EventTimes      []time.Time         `ch:"event_times"`
	EventNames      []string            `ch:"event_names"`
	EventAttributes []map[string]string `ch:"event_attributes"`
	LinkTraces      []string            `ch:"link_traces"`
	LinkSpans       []string            `ch:"link_spans"`
	LinkAttributes  []map[string]string `ch:"link_attributes"`
}
