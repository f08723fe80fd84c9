package clickhouse

import "github.com/watchllm/watchllm/internal/semconv"

// record is a field of an OTLP log record.
func record(name, typ, codec, field, doc string) Column {
	return Column{Name: name, Type: typ, Codec: codec, Source: SourceRecord, Attribute: field, Doc: doc}
}

const textMap = "Map(LowCardinality(String), String)"

// ScoreColumns are the columns of llm_scores: what somebody or something thought of an answer. The exporter fills them from log records,
// a view from spans that stand for such records. Read it FINAL: a score that came twice, or was changed under its id, is one row.
var ScoreColumns = since(6,
	resource("tenant_id", lc, semconv.WatchLLMTenantID, "Tenant of the key that sent the score"),
	resource("project_id", lc, semconv.WatchLLMProjectID, "Project of the key that sent the score"),
	record("trace_id", text, "ZSTD(1)", "trace_id", "Trace that was judged, 32 lower-case hex digits; empty where none was named"),
	record("span_id", text, "ZSTD(1)", "span_id", "Span that was judged, 16 lower-case hex digits; empty for a whole trace or conversation"),
	attr("id", text, semconv.WatchLLMNativeID, "Id of the score, else a digest of what it says"),
	record("time", nanotime, "Delta(8), ZSTD(1)", "time_unix_nano", "When it was judged"),
	attr("name", lc, semconv.GenAIEvaluationName, "What was judged: relevance, thumbs, ..."),
	attr("value", "Nullable(Float64)", semconv.GenAIEvaluationScoreValue, "Score"),
	attr("label", lc, semconv.GenAIEvaluationScoreLabel, "Score in a word"),
	content("explanation", semconv.GenAIEvaluationExplanation, "Why"),
	attr("source", lc, semconv.WatchLLMNativeSource, "user, llm, code, or what the sender calls it"),
	attr("evaluator", lc, NativeEvaluator, "Who or what judged, where the sender says it"),
	attr("target_event_id", text, semconv.WatchLLMNativeTargetEventID, "Event that was judged"),
	attr("response_id", text, semconv.GenAIResponseID, "Provider's id of the answer that was judged"),
	attr("conversation_id", text, semconv.GenAIConversationID, "Conversation that was judged; session.id is read when it is absent"),
	attr("user_id", text, semconv.WatchLLMUserID, "End user of the application; user.id is read when it is absent"),
	resource("service_name", lc, semconv.ServiceName, "Name of the application"),
	resource("environment", lc, semconv.DeploymentEnvironmentName, "prod, staging, ...; the older deployment.environment is read too"),
	record("attributes", textMap, "ZSTD(1)", "attributes", "Attributes without a column of their own, as text or JSON"),
	stored("ingested_at", "DateTime64(3, 'UTC')", "Delta(8), ZSTD(1)", "", "When the exporter prepared the row; of two with one identity the later counts"),
	stored("retention_days", "UInt16", "ZSTD(1)", "30", "Days after time until the row is deleted"),
)

// NativeEvaluator is the field evaluator of a JSON event.
const NativeEvaluator = "watchllm.native.evaluator"

// LogColumns are the columns of llm_logs: log records that are no scores. Read it FINAL: a record that came twice is one row.
var LogColumns = since(6,
	resource("tenant_id", lc, semconv.WatchLLMTenantID, "Tenant of the key that sent the record"),
	resource("project_id", lc, semconv.WatchLLMProjectID, "Project of the key that sent the record"),
	record("time", nanotime, "Delta(8), ZSTD(1)", "time_unix_nano", "When it happened, else when it was observed"),
	record("observed_time", nanotime, "Delta(8), ZSTD(1)", "observed_time_unix_nano", "When it was seen first, else time"),
	record("trace_id", text, "ZSTD(1)", "trace_id", "32 lower-case hex digits, empty outside a trace"),
	record("span_id", text, "ZSTD(1)", "span_id", "16 lower-case hex digits, empty outside a span"),
	attr("id", text, semconv.WatchLLMNativeID, "Id of the event, else a digest of the record"),
	record("severity_number", "UInt8", "ZSTD(1)", "severity_number", "1 (trace) to 24 (fatal), 0 when not said"),
	record("severity_text", lc, "", "severity_text", "Severity as the sender spells it"),
	record("event_name", lc, "", "event_name", "Name of the event; the attribute event.name is read when it is absent"),
	record("body", text, "ZSTD(1)", "body", "Text, structured ones as JSON"),
	record("flags", "UInt32", "ZSTD(1)", "flags", "OTLP flags"),
	resource("service_name", lc, semconv.ServiceName, "Name of the application"),
	resource("service_version", lc, semconv.ServiceVersion, "Version of the application"),
	resource("environment", lc, semconv.DeploymentEnvironmentName, "prod, staging, ...; the older deployment.environment is read too"),
	scope("scope_name", lc, "name", "Name of the instrumentation scope"),
	scope("scope_version", lc, "version", "Version of the instrumentation scope"),
	attr("conversation_id", text, semconv.GenAIConversationID, "Conversation or session; session.id is read when it is absent"),
	attr("user_id", text, semconv.WatchLLMUserID, "End user of the application; user.id is read when it is absent"),
	record("attributes_string", textMap, "ZSTD(1)", "attributes", "String attributes without a column of their own"),
	record("attributes_int", "Map(LowCardinality(String), Int64)", "ZSTD(1)", "attributes", "Integer attributes"),
	record("attributes_double", "Map(LowCardinality(String), Float64)", "ZSTD(1)", "attributes", "Double attributes"),
	record("attributes_bool", "Map(LowCardinality(String), Bool)", "ZSTD(1)", "attributes", "Boolean attributes"),
	record("attributes_json", textMap, "ZSTD(1)", "attributes", "Arrays, maps and bytes (as base64 string), as JSON"),
	Column{Name: "resource_attributes", Type: lcMap, Codec: "ZSTD(1)", Source: SourceResource, Doc: "Resource attributes without a column, as text or JSON"},
	Column{Name: "scope_attributes", Type: lcMap, Codec: "ZSTD(1)", Source: SourceScope, Attribute: "attributes", Doc: "Scope attributes, as text or JSON"},
	record("dropped_attributes", "UInt32", "ZSTD(1)", "dropped_attributes_count", "Attributes the sender dropped"),
	stored("ingested_at", "DateTime64(3, 'UTC')", "Delta(8), ZSTD(1)", "", "When the exporter prepared the row; of two with one identity the later counts"),
	stored("retention_days", "UInt16", "ZSTD(1)", "30", "Days after time until the row is deleted"),
)
