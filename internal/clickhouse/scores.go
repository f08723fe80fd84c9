package clickhouse

import (
	"fmt"
	"strings"

	"github.com/watchllm/watchllm/internal/semconv"
)

// scoreAttributes are the attributes that columns of llm_scores hold, and that its map of attributes therefore leaves out.
func scoreAttributes() []string {
	var out []string
	for _, c := range ScoreColumns {
		if c.Source == SourceAttribute {
			out = append(out, c.Attribute)
		}
	}
	return out
}

// IsScore tells whether an event's name says that something was judged.
func IsScore(eventName string) bool { return eventName == scoreEvent }

const scoreEvent = "gen_ai.evaluation.result"

// scoresOfSpans lists the columns of llm_scores over a span that stands for an evaluation: what it judges is the span above it.
func scoresOfSpans() string {
	own := map[string]string{
		"span_id":         "parent_span_id",
		"time":            "start_time",
		"value":           numberOf(semconv.GenAIEvaluationScoreValue),
		"attributes":      attributesWithoutScores(),
		"tenant_id":       "tenant_id",
		"project_id":      "project_id",
		"trace_id":        "trace_id",
		"response_id":     "response_id",
		"conversation_id": "conversation_id",
		"user_id":         "user_id",
		"service_name":    "service_name",
		"environment":     "environment",
		"ingested_at":     "ingested_at",
		"retention_days":  "retention_days",
	}
	var out []string
	for _, c := range ScoreColumns {
		expr, ok := own[c.Name]
		if !ok {
			expr = "attributes_string[" + literal(c.Attribute) + "]"
		}
		if expr != c.Name {
			expr += " AS " + quote(c.Name)
		}
		out = append(out, "    "+expr)
	}
	return strings.Join(out, ",\n")
}

// numberOf reads a number that the sender wrote with or without a fraction; NULL where there is none.
func numberOf(attribute string) string {
	key := literal(attribute)
	return fmt.Sprintf("multiIf(mapContains(attributes_double, %s), toNullable(attributes_double[%s]), mapContains(attributes_int, %s), toNullable(toFloat64(attributes_int[%s])), NULL)",
		key, key, key, key)
}

// attributesWithoutScores are the attribute maps of a span as one map of texts, without what has a column.
func attributesWithoutScores() string {
	var names, maps []string
	for _, a := range scoreAttributes() {
		names = append(names, literal(a))
	}
	for _, m := range []string{"string", "int", "double", "bool", "json"} {
		maps = append(maps, "mapApply((k, v) -> (k, toString(v)), attributes_"+m+")")
	}
	return "mapFilter((k, v) -> k NOT IN (\n        " + strings.Join(names, ", ") + "),\n        mapConcat(" + strings.Join(maps, ",\n            ") + "))"
}

// MissingScores is the statement that adds to llm_scores what llm_scores_view left out: a server that dies between a table and its view has
// the span and not the score. Its parameter since, in milliseconds since 1970, is from which ingested_at on is looked. It adds nothing where
// nothing is missing.
func MissingScores(t Target) string {
	names := Names(ScoreColumns)
	for i, n := range names {
		names[i] = quote(n)
	}
	const since = "ingested_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')"
	return "INSERT INTO " + t.Table(TableScores) + " (" + strings.Join(names, ", ") + ")\nSELECT\n" + scoresOfSpans() +
		"\nFROM " + t.Table(TableSpans) + " AS s\nWHERE s." + since + " AND s.name = " + literal(scoreEvent) + " AND s.scope_name = " + literal(semconv.ScopeEvents) +
		"\n  AND (s.tenant_id, s.project_id, s.trace_id, s.parent_span_id, s.attributes_string[" + literal(semconv.WatchLLMNativeID) + "]) GLOBAL NOT IN" +
		"\n    (SELECT tenant_id, project_id, trace_id, span_id, id FROM " + t.Table(TableScores) + " WHERE " + since + ")"
}
