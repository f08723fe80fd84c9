package genai

import "github.com/watchllm/watchllm/internal/semconv"

// canonicalDialect reads what WatchLLM itself wrote, as it stands: a second WatchLLM behind the first finds the same call.
var canonicalDialect = &dialect{
	name:    "canonical",
	markers: []string{semconv.WatchLLMDialect},
	rows:    canonicalRows(),
	adjust: func(r *reading) {
		r.call.Dialect = r.facts.str(fieldDialect)
		r.call.DialectVersion = r.facts.str(fieldDialectVersion)
		r.outputLacksReasoning = r.facts.str(fieldUsageSource) == semconv.UsageSourceReportedPartial
	},
}

func canonicalRows() []row {
	rows := []row{
		{fieldUsageSource, []string{semconv.WatchLLMUsageSource}},
		{fieldHTTPStatus, []string{"http.response.status_code"}},
	}
	for id, key := range canonicalKeys {
		if key != "" {
			rows = append(rows, row{field(id), []string{key}}) //nolint:gosec // an index of a table of fields
		}
	}
	return rows
}
