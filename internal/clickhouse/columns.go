package clickhouse

import (
	"slices"

	"github.com/watchllm/watchllm/internal/semconv"
)

// Source says where the value of a column comes from.
type Source uint8

const (
	// SourceSpan is a field of the span itself, or something the exporter works out from it.
	SourceSpan Source = iota
	// SourceAttribute is a span attribute; a column that it fills is left out of the attribute maps.
	SourceAttribute
	// SourceResource is an attribute of the span's resource.
	SourceResource
	// SourceScope is a field of the instrumentation scope.
	SourceScope
	// SourceStore is filled in by the exporter or by ClickHouse, not by the sender.
	SourceStore
	// SourceRecord is a field of a log record, or something the exporter works out from it.
	SourceRecord
)

// Column is one column of a table: DDL, INSERT list and documentation are all made from it.
type Column struct {
	Name string
	// Type is the ClickHouse type as DDL spells it.
	Type string
	// Codec is the content of CODEC(...), or "" for the server's default.
	Codec string
	// Default is the DEFAULT expression, or "" for the type's own default.
	Default string
	Source  Source
	// Attribute is the attribute (or pdata field) the value is read from; "" for values that are worked out.
	Attribute string
	// Since is the migration that adds the column.
	Since int
	Doc   string
}

// Types that occur many times.
const (
	lc       = "LowCardinality(String)"
	lcArray  = "Array(LowCardinality(String))"
	text     = "String"
	ntokens  = "Nullable(UInt64)"
	money    = "Nullable(Decimal(18, 12))"
	nanotime = "DateTime64(9, 'UTC')"
	lcMap    = "Map(LowCardinality(String), LowCardinality(String))"
)

func span(name, typ, codec, field, doc string) Column {
	return Column{Name: name, Type: typ, Codec: codec, Source: SourceSpan, Attribute: field, Since: 1, Doc: doc}
}

func attr(name, typ, attribute, doc string) Column {
	return Column{Name: name, Type: typ, Source: SourceAttribute, Attribute: attribute, Since: 1, Doc: doc}
}

func resource(name, typ, attribute, doc string) Column {
	return Column{Name: name, Type: typ, Source: SourceResource, Attribute: attribute, Since: 1, Doc: doc}
}

func scope(name, typ, field, doc string) Column {
	return Column{Name: name, Type: typ, Source: SourceScope, Attribute: field, Since: 1, Doc: doc}
}

func stored(name, typ, codec, dflt, doc string) Column {
	return Column{Name: name, Type: typ, Codec: codec, Default: dflt, Source: SourceStore, Since: 1, Doc: doc}
}

// content is text that may be long; it dominates the table's size, so it has its own codec.
func content(name, attribute, doc string) Column {
	return Column{Name: name, Type: text, Codec: "ZSTD(1)", Source: SourceAttribute, Attribute: attribute, Since: 1, Doc: doc}
}

// SpanColumns are the columns of llm_spans in table order. NULL means unknown and is never 0.
// The exporter appends values in this order, so a new column goes to the end with its own Since.
var SpanColumns = slices.Concat([]Column{
	resource("tenant_id", lc, semconv.WatchLLMTenantID, "Tenant of the key that sent the span"),
	resource("project_id", lc, semconv.WatchLLMProjectID, "Project of the key that sent the span"),
	span("trace_id", text, "ZSTD(1)", "trace_id", "32 lower-case hex digits"),
	span("span_id", text, "ZSTD(1)", "span_id", "16 lower-case hex digits"),
	span("parent_span_id", text, "ZSTD(1)", "parent_span_id", "16 lower-case hex digits, empty for a root"),
	span("trace_state", text, "ZSTD(1)", "trace_state", "W3C tracestate"),
	span("flags", "UInt32", "ZSTD(1)", "flags", "OTLP span flags"),
	span("start_time", nanotime, "Delta(8), ZSTD(1)", "start_time_unix_nano", "When the operation began"),
	span("end_time", nanotime, "Delta(8), ZSTD(1)", "end_time_unix_nano", "When the operation ended"),
	span("duration_ns", "UInt64", "ZSTD(1)", "", "end_time - start_time in nanoseconds, 0 when the clock went backwards"),
	stored("ingested_at", "DateTime64(3, 'UTC')", "Delta(8), ZSTD(1)", "", "When the exporter prepared the row"),
	span("name", lc, "", "name", "Name of the span"),
	span("kind", "Enum8('unspecified' = 0, 'internal' = 1, 'server' = 2, 'client' = 3, 'producer' = 4, 'consumer' = 5)", "", "kind", "Kind of the span"),
	span("status_code", "Enum8('unset' = 0, 'ok' = 1, 'error' = 2)", "", "status.code", "Status of the span"),
	span("status_message", text, "ZSTD(1)", "status.message", "Message of the status"),
	resource("service_name", lc, semconv.ServiceName, "Name of the application"),
	resource("service_version", lc, semconv.ServiceVersion, "Version of the application"),
	resource("environment", lc, semconv.DeploymentEnvironmentName, "prod, staging, ...; the older deployment.environment is read too"),
	scope("scope_name", lc, "name", "Name of the instrumentation scope"),
	scope("scope_version", lc, "version", "Version of the instrumentation scope"),

	attr("role", lc, semconv.WatchLLMRole, "llm, embedding, rerank, tool, retrieval, agent, workflow, step, guardrail, evaluator, other"),
	attr("usage_role", lc, semconv.WatchLLMUsageRole, "call, aggregate, duplicate or none; totals add up call only"),
	attr("dialect", lc, semconv.WatchLLMDialect, "Convention the span was read as"),
	attr("dialect_version", lc, semconv.WatchLLMDialectVersion, "Instrumentation scope and version, name@version"),
	attr("operation", lc, semconv.GenAIOperationName, "chat, embeddings, execute_tool, ..."),
	attr("provider", lc, semconv.GenAIProviderName, "openai, anthropic, gcp.gemini, ..."),
	attr("request_model", lc, semconv.GenAIRequestModel, "Model the caller asked for"),
	attr("response_model", lc, semconv.GenAIResponseModel, "Model that answered"),
	attr("response_id", text, semconv.GenAIResponseID, "Provider's id of the answer"),

	attr("input_tokens", ntokens, semconv.GenAIUsageInputTokens, "All input tokens, cache reads and writes included"),
	attr("output_tokens", ntokens, semconv.GenAIUsageOutputTokens, "All output tokens, reasoning included"),
	attr("cache_read_tokens", ntokens, semconv.GenAIUsageCacheReadInputTokens, "Input tokens read from the provider's cache; subset of input"),
	attr("cache_write_tokens", ntokens, semconv.GenAIUsageCacheWriteInputTokens, "Input tokens written to the provider's cache; subset of input"),
	attr("cache_write_5m_tokens", ntokens, semconv.WatchLLMUsageCacheWrite5mInputTokens, "Cache writes kept for five minutes; subset of cache_write"),
	attr("cache_write_1h_tokens", ntokens, semconv.WatchLLMUsageCacheWrite1hInputTokens, "Cache writes kept for one hour; subset of cache_write"),
	attr("reasoning_tokens", ntokens, semconv.GenAIUsageReasoningOutputTokens, "Hidden reasoning tokens; subset of output"),
	attr("usage_source", lc, semconv.WatchLLMUsageSource, "reported, reported_partial, estimated or missing"),
	attr("usage_missing_reason", lc, semconv.WatchLLMUsageMissingReason, "Why a call has no token counts"),
	attr("usage_basis", lc, semconv.WatchLLMUsageBasis, "How the input count on the wire related to the cache counts"),
	attr("usage_flags", lcArray, semconv.WatchLLMUsageFlags, "Invariants the reported counts violate"),

	attr("cost", money, semconv.WatchLLMCostAmount, "Exact cost in cost_currency"),
	attr("cost_input", money, semconv.WatchLLMCostInput, "Cost of the uncached input tokens"),
	attr("cost_cache_read", money, semconv.WatchLLMCostCacheRead, "Cost of the cache reads"),
	attr("cost_cache_write", money, semconv.WatchLLMCostCacheWrite, "Cost of the cache writes"),
	attr("cost_output", money, semconv.WatchLLMCostOutput, "Cost of the output tokens"),
	attr("cost_fees", money, semconv.WatchLLMCostFees, "Cost of searches, requests and other fees"),
	attr("cost_reported", money, semconv.WatchLLMCostReported, "Cost the provider or client reported"),
	attr("cost_currency", lc, semconv.GenAIUsageCostCurrency, "ISO 4217 currency"),
	attr("cost_status", lc, semconv.WatchLLMCostStatus, "exact, assumed:<what>, partial, estimated, provider_reported, free, local, unknown_model, no_usage"),
	attr("price_id", lc, semconv.WatchLLMPriceID, "Price record that was used"),
	attr("price_source", lc, semconv.WatchLLMPriceSource, "Where that price was read"),
	attr("price_effective_from", lc, semconv.WatchLLMPriceEffectiveFrom, "Day from which that price is valid, YYYY-MM-DD"),
	attr("cost_unpriced", lcArray, semconv.WatchLLMCostUnpriced, "Units with a positive count and no price"),

	attr("stream", "Nullable(Bool)", semconv.GenAIRequestStream, "Whether the caller asked for a stream"),
	attr("ttft_s", "Nullable(Float64)", semconv.GenAIResponseTimeToFirstChunk, "Seconds until the first chunk of a stream"),
	attr("finish_reasons", lcArray, semconv.GenAIResponseFinishReasons, "Why each choice ended, unified"),
	attr("finish_reason_raw", lc, semconv.WatchLLMFinishReasonRaw, "Finish reason as the provider spelled it"),
	attr("error_type", lc, semconv.ErrorType, "Class of error"),
	attr("outcome", lc, semconv.WatchLLMOutcome, "How the operation ended"),
	attr("conversation_id", text, semconv.GenAIConversationID, "Conversation or session; session.id is read when it is absent"),
	attr("user_id", text, semconv.WatchLLMUserID, "End user of the application; user.id is read when it is absent"),
	attr("agent_id", text, semconv.GenAIAgentID, "Id of the agent"),
	attr("agent_name", lc, semconv.GenAIAgentName, "Name of the agent"),
	attr("workflow_name", lc, semconv.GenAIWorkflowName, "Name of the workflow"),
	attr("tool_name", lc, semconv.GenAIToolName, "Tool that was run"),
	attr("tool_type", lc, semconv.GenAIToolType, "function, extension or datastore"),
	attr("tool_call_id", text, semconv.GenAIToolCallID, "Id of the tool call"),
	attr("data_source_id", lc, semconv.GenAIDataSourceID, "Data source of a retrieval"),
	attr("prompt_name", lc, semconv.GenAIPromptName, "Name of the prompt template"),
	attr("prompt_version", lc, semconv.GenAIPromptVersion, "Version of the prompt template"),
	attr("service_tier", lc, semconv.OpenAIResponseServiceTier, "Tier that served the call"),
	attr("server_address", lc, semconv.ServerAddress, "Host the call went to"),
	attr("request_temperature", "Nullable(Float64)", semconv.GenAIRequestTemperature, "Sampling temperature"),
	attr("request_top_p", "Nullable(Float64)", semconv.GenAIRequestTopP, "Nucleus sampling threshold"),
	attr("request_max_tokens", ntokens, semconv.GenAIRequestMaxTokens, "Output limit of the request"),

	content("input_messages", semconv.GenAIInputMessages, "Messages sent to the model, JSON"),
	content("output_messages", semconv.GenAIOutputMessages, "Messages the model returned, JSON"),
	content("system_instructions", semconv.GenAISystemInstructions, "System instructions, JSON"),
	content("tool_definitions", semconv.GenAIToolDefinitions, "Tools offered to the model, JSON"),
	content("tool_arguments", semconv.GenAIToolCallArguments, "Arguments of the tool call, JSON"),
	content("tool_result", semconv.GenAIToolCallResult, "Result of the tool call, JSON"),

	span("attributes_string", "Map(LowCardinality(String), String)", "ZSTD(1)", "attributes", "String attributes without a column of their own"),
	span("attributes_int", "Map(LowCardinality(String), Int64)", "ZSTD(1)", "attributes", "Integer attributes without a column"),
	span("attributes_double", "Map(LowCardinality(String), Float64)", "ZSTD(1)", "attributes", "Double attributes without a column"),
	span("attributes_bool", "Map(LowCardinality(String), Bool)", "ZSTD(1)", "attributes", "Boolean attributes without a column"),
	span("attributes_json", "Map(LowCardinality(String), String)", "ZSTD(1)", "attributes", "Arrays, maps and bytes (as base64 string) without a column, as JSON"),
	{Name: "resource_attributes", Type: lcMap, Codec: "ZSTD(1)", Source: SourceResource, Since: 1, Doc: "Resource attributes without a column, as text or JSON"},
	{Name: "scope_attributes", Type: lcMap, Codec: "ZSTD(1)", Source: SourceScope, Attribute: "attributes", Since: 1, Doc: "Scope attributes, as text or JSON"},
	span("events.time", "Array("+nanotime+")", "ZSTD(1)", "events", "When each span event happened"),
	span("events.name", lcArray, "ZSTD(1)", "events", "Name of each span event"),
	span("events.attributes", "Array(Map(LowCardinality(String), String))", "ZSTD(1)", "events", "Attributes of each span event, as text or JSON"),
	span("links.trace_id", "Array(String)", "ZSTD(1)", "links", "Trace each link points to"),
	span("links.span_id", "Array(String)", "ZSTD(1)", "links", "Span each link points to"),
	span("links.attributes", "Array(Map(LowCardinality(String), String))", "ZSTD(1)", "links", "Attributes of each link, as text or JSON"),
	span("dropped_attributes", "UInt32", "", "dropped_attributes_count", "Attributes the sender dropped"),
	span("dropped_events", "UInt32", "", "dropped_events_count", "Events the sender dropped"),
	span("dropped_links", "UInt32", "", "dropped_links_count", "Links the sender dropped"),
	stored("retention_days", "UInt16", "ZSTD(1)", "30", "Days after start_time until the row is deleted"),
}, since(3,
	attr("usage_role_reason", lc, semconv.WatchLLMUsageRoleReason, "Rule that decided usage_role, empty where the span alone did"),
	attr("usage_counted_by", text, semconv.WatchLLMUsageCountedBy, "trace:span that counts instead of this duplicate"),
	attr("signal", lc, semconv.WatchLLMSignal, "log for a call that arrived as a log event"),
	attr("event_name", lc, "event.name", "Name of that event"),
	stored("usage_role_before", lc, "", "", "Empty on a row as it arrived; on an appended correction the usage_role it replaces"),
), since(4,
	attr("cost_computed", money, semconv.WatchLLMCostComputed, "Cost by the price book where cost is the provider's own bill"),
	attr("cost_estimated", money, semconv.WatchLLMCostEstimatedAmount, "Cost of estimated tokens, where there is no cost; never in a total"),
	attr("cost_estimated_low", money, semconv.WatchLLMCostEstimatedLow, "Least the call can have cost by the estimate"),
	attr("cost_estimated_high", money, semconv.WatchLLMCostEstimatedHigh, "Most the call can have cost by the estimate"),
), since(5,
	stored("identity_project", lc, "", "", "project_id as part of the row's identity; empty on rows from before it was"),
))

// TraceIndexColumns are the columns of llm_trace_index, which a materialised view fills. A trace has
// one row a day, and several until parts are merged: read it with min(), max() and GROUP BY.
var TraceIndexColumns = since(2,
	stored("tenant_id", lc, "", "", "Tenant of the trace"),
	stored("trace_id", text, "ZSTD(1)", "", "32 lower-case hex digits"),
	stored("day", "Date", "", "", "Day of start_time"),
	stored("retention_days", "UInt16", "", "", "Days after day until the row is deleted"),
	stored("min_start_time", "SimpleAggregateFunction(min, "+nanotime+")", "", "", "Earliest start of a span of the trace on that day"),
	stored("max_start_time", "SimpleAggregateFunction(max, "+nanotime+")", "", "", "Latest start of a span of the trace on that day"),
)

// AdjustmentColumns are the columns of llm_cost_adjustments: a ledger of what calls were found to cost after they were booked. A call's
// revisions count from 1 and each begins where the one before ended, so the last cost_after is what is known now, and booked cost
// plus all differences is the same. Read it FINAL: the same revision written twice is one.
var AdjustmentColumns = slices.Concat(since(4,
	stored("tenant_id", lc, "", "", "Tenant of the call"),
	stored("project_id", lc, "", "", "Project of the call"),
	stored("trace_id", text, "ZSTD(1)", "", "32 lower-case hex digits"),
	stored("span_id", text, "ZSTD(1)", "", "16 lower-case hex digits"),
	stored("start_time", nanotime, "Delta(8), ZSTD(1)", "", "When the call began, as in llm_spans"),
	stored("revision", "UInt32", "", "", "Number of the correction of this call, from 1"),
	stored("adjusted_at", "DateTime64(3, 'UTC')", "Delta(8), ZSTD(1)", "", "When the correction was made"),
	stored("run_id", lc, "", "", "Re-rating that made it"),
	stored("reason", lc, "", "", "Why, in the words of who ran it"),
	stored("book_read_on", "Date", "", "", "Newest day on which a price of the book that corrects was read"),
	stored("provider", lc, "", "", "Provider of the call"),
	stored("model", lc, "", "", "Model that answered, else the one asked for"),
	stored("cost_before", money, "", "", "Cost known until then; NULL unknown"),
	stored("cost_after", money, "", "", "Cost known from then on; NULL unknown"),
	stored("cost_currency_before", lc, "", "", "Currency of cost_before"),
	stored("cost_currency_after", lc, "", "", "Currency of cost_after"),
	stored("cost_status_before", lc, "", "", "cost_status known until then"),
	stored("cost_status_after", lc, "", "", "cost_status known from then on"),
	stored("price_id_before", lc, "", "", "Price record of cost_before"),
	stored("price_id_after", lc, "", "", "Price record of cost_after"),
	stored("price_source", lc, "", "", "Where the price of cost_after was read"),
	stored("price_effective_from", lc, "", "", "Day from which that price is valid, YYYY-MM-DD"),
	stored("cost_input", money, "", "", "Part of cost_after: uncached input"),
	stored("cost_cache_read", money, "", "", "Part of cost_after: cache reads"),
	stored("cost_cache_write", money, "", "", "Part of cost_after: cache writes"),
	stored("cost_output", money, "", "", "Part of cost_after: output"),
	stored("cost_fees", money, "", "", "Part of cost_after: fees"),
	stored("cost_computed", money, "", "", "Cost by the price book where cost_after is the provider's own bill"),
	stored("cost_unpriced", lcArray, "", "", "Units with a positive count and no price"),
	stored("retention_days", "UInt16", "", "", "As in the call's row"),
), since(5,
	stored("identity_project", lc, "", "", "As in the call's row"),
))

// since gives columns to another migration than the first.
func since(migration int, cols ...Column) []Column {
	for i := range cols {
		cols[i].Since = migration
	}
	return cols
}

// Names returns the columns' names, in order.
func Names(cols []Column) []string {
	out := make([]string, len(cols))
	for i, c := range cols {
		out[i] = c.Name
	}
	return out
}
