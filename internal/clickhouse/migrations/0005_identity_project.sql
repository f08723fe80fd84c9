-- Whose span it is belongs to what a row is: another project of the same tenant may send the same ids, and must replace nothing.
-- A column that is there already cannot join the key, so a copy of project_id does.
ALTER TABLE {{ local "llm_spans" }}{{ onCluster }}
{{ addColumns "llm_spans" }},
    MODIFY ORDER BY (tenant_id, start_time, trace_id, span_id, identity_project);

ALTER TABLE {{ local "llm_cost_adjustments" }}{{ onCluster }}
{{ addColumns "llm_cost_adjustments" }},
    MODIFY ORDER BY (tenant_id, start_time, trace_id, span_id, revision, identity_project);
{{- if cluster }}

ALTER TABLE {{ table "llm_spans" }}{{ onCluster }}
{{ addColumns "llm_spans" }};

ALTER TABLE {{ table "llm_cost_adjustments" }}{{ onCluster }}
{{ addColumns "llm_cost_adjustments" }};
{{- end }}

-- As before, with the project in what a call and its corrections are joined by.
CREATE OR REPLACE VIEW {{ local "llm_spans_known" }}{{ onCluster }} AS
SELECT
{{ knownSelect }}
FROM {{ local "llm_spans" }} AS s FINAL
LEFT JOIN
(
    SELECT
        a.tenant_id AS tenant_id,
        a.start_time AS start_time,
        a.trace_id AS trace_id,
        a.span_id AS span_id,
        a.project_id AS project_id,
        max(a.revision) AS revision,
{{ knownLast }}
    FROM {{ local "llm_cost_adjustments" }} AS a FINAL
    GROUP BY tenant_id, start_time, trace_id, span_id, project_id
) AS k USING (tenant_id, start_time, trace_id, span_id, project_id)
SETTINGS join_algorithm = 'full_sorting_merge';
{{- if cluster }}

ALTER TABLE {{ table "llm_spans_known" }}{{ onCluster }}
{{ addColumns "llm_spans" }};
{{- end }}
