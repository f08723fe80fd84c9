-- Why a row counts or not, and what it was before an appended correction. The index finds a call that
-- a second instrumentation reported in another trace by the provider's id of the answer.
ALTER TABLE {{ local "llm_spans" }}{{ onCluster }}
{{ addColumns "llm_spans" }},
    ADD INDEX IF NOT EXISTS idx_response_id response_id TYPE bloom_filter(0.01) GRANULARITY 1;
{{- if cluster }}

ALTER TABLE {{ table "llm_spans" }}{{ onCluster }}
{{ addColumns "llm_spans" }};
{{- end }}
