package llmqueryextension

import (
	"encoding/json"
	"math"
	"time"
)

// spanNode is one span of a trace with the spans below it. Text and numbers that nobody sent are null.
type spanNode struct {
	SpanID       string  `json:"span_id"`
	ParentSpanID *string `json:"parent_span_id"`
	// ParentMissing is true for a span whose parent is not among the trace's spans.
	ParentMissing bool      `json:"parent_missing"`
	Name          string    `json:"name"`
	Kind          string    `json:"kind"`
	Role          *string   `json:"role"`
	Status        string    `json:"status"`
	StatusMessage *string   `json:"status_message"`
	ErrorType     *string   `json:"error_type"`
	Outcome       *string   `json:"outcome"`
	Start         time.Time `json:"start"`
	End           time.Time `json:"end"`
	DurationMS    float64   `json:"duration_ms"`
	IngestedAt    time.Time `json:"ingested_at"`
	TraceState    *string   `json:"trace_state"`
	Flags         uint32    `json:"flags"`

	Service        nodeService `json:"service"`
	Scope          nodeScope   `json:"scope"`
	Dialect        *string     `json:"dialect"`
	DialectVersion *string     `json:"dialect_version"`
	// Signal is "log" for a call that arrived as the named log event.
	Signal         *string `json:"signal"`
	EventName      *string `json:"event_name"`
	ConversationID *string `json:"conversation_id"`
	UserID         *string `json:"user_id"`
	WorkflowName   *string `json:"workflow_name"`
	DataSourceID   *string `json:"data_source_id"`

	LLM    nodeLLM    `json:"llm"`
	Agent  nodeAgent  `json:"agent"`
	Tool   nodeTool   `json:"tool"`
	Prompt nodePrompt `json:"prompt"`
	Usage  nodeUsage  `json:"usage"`
	Cost   nodeCost   `json:"cost"`
	// Estimated is null for a span that has a cost or no estimate.
	Estimated *nodeEstimated `json:"estimated"`

	// Content and what follows are null when content was not asked for or did not fit.
	Content            *nodeContent      `json:"content"`
	ContentBytes       uint64            `json:"content_bytes"`
	ContentOmitted     bool              `json:"content_omitted"`
	Attributes         map[string]any    `json:"attributes"`
	ResourceAttributes map[string]string `json:"resource_attributes"`
	ScopeAttributes    map[string]string `json:"scope_attributes"`
	Events             []nodeEvent       `json:"events"`
	Links              []nodeLink        `json:"links"`
	Dropped            nodeDropped       `json:"dropped"`

	// Scores are those of this span, in order of time.
	Scores []score `json:"scores"`

	Children []*spanNode `json:"children"`

	// nativeID is the id of the event that the span came as.
	nativeID string
}

type nodeService struct {
	Name        *string `json:"name"`
	Version     *string `json:"version"`
	Environment *string `json:"environment"`
}

type nodeScope struct {
	Name    *string `json:"name"`
	Version *string `json:"version"`
}

type nodeLLM struct {
	Operation       *string  `json:"operation"`
	Provider        *string  `json:"provider"`
	RequestModel    *string  `json:"request_model"`
	ResponseModel   *string  `json:"response_model"`
	ResponseID      *string  `json:"response_id"`
	Stream          *bool    `json:"stream"`
	TTFTMS          *float64 `json:"ttft_ms"`
	FinishReasons   []string `json:"finish_reasons"`
	FinishReasonRaw *string  `json:"finish_reason_raw"`
	ServiceTier     *string  `json:"service_tier"`
	ServerAddress   *string  `json:"server_address"`
	Temperature     *float64 `json:"temperature"`
	TopP            *float64 `json:"top_p"`
	MaxTokens       *uint64  `json:"max_tokens"`
}

type nodeAgent struct {
	ID   *string `json:"id"`
	Name *string `json:"name"`
}

type nodeTool struct {
	Name   *string `json:"name"`
	Type   *string `json:"type"`
	CallID *string `json:"call_id"`
}

type nodePrompt struct {
	Name    *string `json:"name"`
	Version *string `json:"version"`
}

// nodeUsage are the counts as reported; sums of a trace take spans with role "call" only.
type nodeUsage struct {
	Role *string `json:"role"`
	// RoleReason is the rule that decided the role, CountedBy the "trace:span" that counts instead of a duplicate.
	RoleReason    *string  `json:"role_reason"`
	CountedBy     *string  `json:"counted_by"`
	Input         *uint64  `json:"input_tokens"`
	Output        *uint64  `json:"output_tokens"`
	CacheRead     *uint64  `json:"cache_read_tokens"`
	CacheWrite    *uint64  `json:"cache_write_tokens"`
	CacheWrite5m  *uint64  `json:"cache_write_5m_tokens"`
	CacheWrite1h  *uint64  `json:"cache_write_1h_tokens"`
	Reasoning     *uint64  `json:"reasoning_tokens"`
	Source        *string  `json:"source"`
	MissingReason *string  `json:"missing_reason"`
	Basis         *string  `json:"basis"`
	Flags         []string `json:"flags"`
}

// nodeCost is the price of one span by component, exact decimal strings.
type nodeCost struct {
	Amount *string `json:"amount"`
	costParts
	Reported           *string  `json:"reported"`
	Currency           *string  `json:"currency"`
	Status             *string  `json:"status"`
	Unpriced           []string `json:"unpriced"`
	PriceID            *string  `json:"price_id"`
	PriceSource        *string  `json:"price_source"`
	PriceEffectiveFrom *string  `json:"price_effective_from"`
	// Booked is the amount before Corrections were made; the same as Amount where there are none.
	Booked      *string `json:"booked"`
	Corrections int     `json:"corrections"`
}

// nodeContent is what was said, as the JSON that was sent, or as a string where that was no JSON.
type nodeContent struct {
	InputMessages      json.RawMessage `json:"input_messages"`
	OutputMessages     json.RawMessage `json:"output_messages"`
	SystemInstructions json.RawMessage `json:"system_instructions"`
	ToolDefinitions    json.RawMessage `json:"tool_definitions"`
	ToolArguments      json.RawMessage `json:"tool_arguments"`
	ToolResult         json.RawMessage `json:"tool_result"`
}

type nodeEvent struct {
	Time       time.Time         `json:"time"`
	Name       string            `json:"name"`
	Attributes map[string]string `json:"attributes"`
}

type nodeLink struct {
	TraceID    string            `json:"trace_id"`
	SpanID     string            `json:"span_id"`
	Attributes map[string]string `json:"attributes"`
}

type nodeDropped struct {
	Attributes uint32 `json:"attributes"`
	Events     uint32 `json:"events"`
	Links      uint32 `json:"links"`
}

func newSpanNode(r *spanRow) *spanNode {
	return &spanNode{
		SpanID: r.SpanID, nativeID: r.NativeID, Scores: []score{}, ParentSpanID: orNull(r.ParentSpanID), Name: r.Name, Kind: r.Kind, Role: orNull(r.Role),
		Status: r.StatusCode, StatusMessage: orNull(r.StatusMessage), ErrorType: orNull(r.ErrorType), Outcome: orNull(r.Outcome),
		Start: r.StartTime.UTC(), End: r.EndTime.UTC(), DurationMS: *milliseconds(float64(r.DurationNS) / 1e6),
		IngestedAt: r.IngestedAt.UTC(), TraceState: orNull(r.TraceState), Flags: r.Flags,

		Service: nodeService{orNull(r.ServiceName), orNull(r.ServiceVersion), orNull(r.Environment)},
		Scope:   nodeScope{orNull(r.ScopeName), orNull(r.ScopeVersion)},
		Dialect: orNull(r.Dialect), DialectVersion: orNull(r.DialectVersion), Signal: orNull(r.Signal), EventName: orNull(r.EventName),
		ConversationID: orNull(r.ConversationID), UserID: orNull(r.UserID),
		WorkflowName: orNull(r.WorkflowName), DataSourceID: orNull(r.DataSourceID),

		LLM: nodeLLM{
			Operation: orNull(r.Operation), Provider: orNull(r.Provider),
			RequestModel: orNull(r.RequestModel), ResponseModel: orNull(r.ResponseModel), ResponseID: orNull(r.ResponseID),
			Stream: r.Stream, TTFTMS: scaled(r.TTFTSeconds, 1e3),
			FinishReasons: list(r.FinishReasons), FinishReasonRaw: orNull(r.FinishReasonRaw),
			ServiceTier: orNull(r.ServiceTier), ServerAddress: orNull(r.ServerAddress),
			Temperature: number(r.Temperature), TopP: number(r.TopP), MaxTokens: r.RequestMaxTokens,
		},
		Agent:  nodeAgent{orNull(r.AgentID), orNull(r.AgentName)},
		Tool:   nodeTool{orNull(r.ToolName), orNull(r.ToolType), orNull(r.ToolCallID)},
		Prompt: nodePrompt{orNull(r.PromptName), orNull(r.PromptVersion)},
		Usage: nodeUsage{
			Role: orNull(r.UsageRole), RoleReason: orNull(r.RoleReason), CountedBy: orNull(r.CountedBy), Input: r.InputTokens, Output: r.OutputTokens,
			CacheRead: r.CacheReadTokens, CacheWrite: r.CacheWriteTokens,
			CacheWrite5m: r.CacheWrite5mTokens, CacheWrite1h: r.CacheWrite1hTokens, Reasoning: r.ReasoningTokens,
			Source: orNull(r.UsageSource), MissingReason: orNull(r.UsageMissingReason), Basis: orNull(r.UsageBasis),
			Flags: list(r.UsageFlags),
		},
		Cost: nodeCost{
			Amount:    r.Cost,
			costParts: costParts{Input: r.CostInput, CacheRead: r.CostCacheRead, CacheWrite: r.CostCacheWrite, Output: r.CostOutput, Fees: r.CostFees},
			Reported:  r.CostReported, Currency: orNull(r.CostCurrency), Status: orNull(r.CostStatus), Unpriced: list(r.CostUnpriced),
			PriceID: orNull(r.PriceID), PriceSource: orNull(r.PriceSource), PriceEffectiveFrom: orNull(r.PriceEffectiveFrom),
			Booked: r.BookedCost, Corrections: r.Corrections,
		},
		Estimated:    r.estimated(),
		ContentBytes: r.ContentBytes,
		Dropped:      nodeDropped{r.DroppedAttributes, r.DroppedEvents, r.DroppedLinks},
		Children:     []*spanNode{},
	}
}

func (n *spanNode) addContent(r *contentRow) {
	n.Content = &nodeContent{
		InputMessages: asJSON(r.InputMessages), OutputMessages: asJSON(r.OutputMessages),
		SystemInstructions: asJSON(r.SystemInstructions), ToolDefinitions: asJSON(r.ToolDefinitions),
		ToolArguments: asJSON(r.ToolArguments), ToolResult: asJSON(r.ToolResult),
	}
	n.Attributes = make(map[string]any, len(r.AttributesString)+len(r.AttributesInt)+len(r.AttributesDouble)+len(r.AttributesBool)+len(r.AttributesJSON))
	for k, v := range r.AttributesString {
		n.Attributes[k] = v
	}
	for k, v := range r.AttributesInt {
		n.Attributes[k] = v
	}
	for k, v := range r.AttributesDouble {
		n.Attributes[k] = anyNumber(v)
	}
	for k, v := range r.AttributesBool {
		n.Attributes[k] = v
	}
	for k, v := range r.AttributesJSON {
		n.Attributes[k] = asJSON(v)
	}
	n.ResourceAttributes, n.ScopeAttributes = orEmpty(r.ResourceAttributes), orEmpty(r.ScopeAttributes)
	n.Events = make([]nodeEvent, min(len(r.EventTimes), len(r.EventNames), len(r.EventAttributes)))
	for i := range n.Events {
		n.Events[i] = nodeEvent{r.EventTimes[i].UTC(), r.EventNames[i], orEmpty(r.EventAttributes[i])}
	}
	n.Links = make([]nodeLink, min(len(r.LinkTraces), len(r.LinkSpans), len(r.LinkAttributes)))
	for i := range n.Links {
		n.Links[i] = nodeLink{r.LinkTraces[i], r.LinkSpans[i], orEmpty(r.LinkAttributes[i])}
	}
}

// asJSON passes JSON through as it is, numbers of any length included, and everything else as a string.
func asJSON(text string) json.RawMessage {
	if text == "" {
		return nil
	}
	if json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	// A string can always be encoded.
	b, _ := json.Marshal(text)
	return b
}

func number(v *float64) *float64 { return scaled(v, 1) }

// scaled is null for what JSON has no number for.
func scaled(v *float64, by float64) *float64 {
	if v == nil || math.IsNaN(*v) || math.IsInf(*v, 0) {
		return nil
	}
	out := *v * by
	if by != 1 {
		return milliseconds(out)
	}
	return &out
}

// anyNumber keeps what JSON has no number for as text, because null would say that nobody sent it.
func anyNumber(v float64) any {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "Infinity"
	case math.IsInf(v, -1):
		return "-Infinity"
	}
	return v
}

func list(v []string) []string {
	if v == nil {
		return []string{}
	}
	return v
}

func orEmpty(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}
