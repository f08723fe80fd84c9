package llmclickhouseexporter

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/settling"
	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/semconv"
)

// appendRows is how many corrections one statement holds: an insert costs about the same whatever its size, and a statement
// has to be parsed.
const appendRows = 2000

// Append copies the rows inside the server, so that their content does not travel.
func (s *settleStore) Append(ctx context.Context, corrections []settling.Correction) error {
	// In the order of the table, so that a statement touches few partitions.
	slices.SortFunc(corrections, func(a, b settling.Correction) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.Tenant, b.Tenant), bytes.Compare(a.ID[:], b.ID[:]), bytes.Compare(a.Span[:], b.Span[:]))
	})
	for part := range slices.Chunk(corrections, appendRows) {
		if err := s.appendPart(ctx, part); err != nil {
			return fmt.Errorf("append %d corrections: %w", len(part), err)
		}
	}
	return nil
}

func (s *settleStore) appendPart(ctx context.Context, part []settling.Correction) error {
	settings := s.settings()
	// Two collectors that decide the same at once store it once. A server that cannot tell this of an INSERT SELECT
	// stores two equal copies, of which FINAL takes one.
	settings["insert_deduplication_token"] = appendToken(part)
	settings["deduplicate_blocks_in_dependent_materialized_views"] = 1
	settings["async_insert"] = 0
	settings["max_partitions_per_insert_block"] = 0
	settings["max_insert_threads"] = 1
	if s.target.Cluster != "" {
		settings["insert_distributed_sync"] = 1
	}
	ctx, cancel := s.statement(ctx, settings)
	defer cancel()
	return s.conn.Exec(ctx, appendText(s.target, part, time.Now()))
}

// appendToken names the corrections and the copies of the rows they correct.
func appendToken(part []settling.Correction) string {
	h := sha256.New()
	for i := range part {
		fmt.Fprintf(h, "%q\n", []any{part[i]})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// handedColumns are filled where they are empty.
var handedColumns = map[string]func(*settling.Correction) string{
	"conversation_id": func(c *settling.Correction) string { return c.Fill.ConversationID },
	"user_id":         func(c *settling.Correction) string { return c.Fill.UserID },
	"agent_name":      func(c *settling.Correction) string { return c.Fill.AgentName },
	"workflow_name":   func(c *settling.Correction) string { return c.Fill.WorkflowName },
	"prompt_name":     func(c *settling.Correction) string { return c.Fill.PromptName },
	"prompt_version":  func(c *settling.Correction) string { return c.Fill.PromptVersion },
}

// appendText writes the statement that stores a corrected copy of every row that is still as it was read. The copy is inserted last,
// so that it is the one that FINAL and merges keep, and it is the newest by ingested_at, whatever the clock of the collector was that
// stored the row.
func appendText(target clickhouse.Target, part []settling.Correction, now time.Time) string {
	tenants, owners := tenantsOf(part), ownersOf(part)
	keys := make([]string, len(part))
	ingested := make([]int64, len(part))
	spans := make([]pcommon.SpanID, len(part))
	traces := make([]pcommon.TraceID, len(part))
	for i := range part {
		c := &part[i]
		keys[i] = rowKey(slices.Index(owners, ownerOf(c))+1, c)
		ingested[i] = c.Ingested
		spans[i], traces[i] = c.Span, c.ID
	}
	var b strings.Builder
	b.WriteString(clickhouse.InsertSpans(target))
	b.WriteString("\nWITH ")
	texts(&b, owners)
	b.WriteString(" AS settled_owners,\n[")
	commas(&b, len(keys), func(i int) { b.WriteByte('\''); b.WriteString(keys[i]); b.WriteByte('\'') })
	b.WriteString("] AS settled_keys,\nconcat(toString(indexOf(settled_owners, concat(toString(tenant_id), char(0), toString(project_id)))), ':', trace_id, span_id, toString(toUnixTimestamp64Nano(start_time))) AS settled_key\nSELECT ")
	for i, c := range clickhouse.SpanColumns {
		if i > 0 {
			b.WriteString(", ")
		}
		appendColumn(&b, c.Name, part, now)
	}
	b.WriteString("\nFROM " + target.Table(clickhouse.TableSpans) + " FINAL\nWHERE ")
	among(&b, "tenant_id", tenants)
	b.WriteString(" AND start_time IN (")
	commas(&b, len(part), func(i int) { moment(&b, part[i].Start) })
	b.WriteString(")\nAND trace_id IN (")
	ids(&b, traces)
	b.WriteString(")\nAND span_id IN (")
	ids(&b, spans)
	b.WriteString(")\nAND toUnixTimestamp64Milli(ingested_at) = transform(settled_key, settled_keys, [")
	integers(&b, ingested)
	b.WriteString("], toInt64(-1))")
	return b.String()
}

func tenantsOf(part []settling.Correction) []string {
	set := map[string]struct{}{}
	for i := range part {
		set[part[i].Tenant] = struct{}{}
	}
	return slices.Sorted(maps.Keys(set))
}

// ownerOf is tenant and project in one: the same ids may be those of another project's span.
func ownerOf(c *settling.Correction) string { return c.Tenant + "\x00" + c.Project }

func ownersOf(part []settling.Correction) []string {
	set := map[string]struct{}{}
	for i := range part {
		set[ownerOf(&part[i])] = struct{}{}
	}
	return slices.Sorted(maps.Keys(set))
}

// rowKey is what settled_key is in the statement; every part but the first and the last has a fixed length.
func rowKey(owner int, c *settling.Correction) string {
	return strconv.Itoa(owner) + ":" + hex.EncodeToString(c.ID[:]) + hex.EncodeToString(c.Span[:]) + strconv.FormatInt(c.Start, 10)
}

// appendColumn writes the value of a column in the copy.
func appendColumn(b *strings.Builder, name string, part []settling.Correction, now time.Time) {
	column := "`" + name + "`"
	switch name {
	case "ingested_at":
		fmt.Fprintf(b, "greatest(fromUnixTimestamp64Milli(toInt64(%d), 'UTC'), ingested_at + toIntervalMillisecond(1))", now.UnixMilli())
	case "usage_role":
		settled(b, part, func(c *settling.Correction) string { return c.UsageRole })
	case "usage_role_reason":
		settled(b, part, func(c *settling.Correction) string { return c.Reason })
	case "usage_counted_by":
		settled(b, part, func(c *settling.Correction) string { return c.CountedBy })
	case "usage_role_before":
		b.WriteString("usage_role")
	case "usage_missing_reason":
		// Nothing is missing where another span has it; and what is to count now may lack it after all.
		b.WriteString("multiIf(")
		settled(b, part, func(c *settling.Correction) string { return c.UsageRole })
		b.WriteString(" = '" + semconv.UsageRoleDuplicate + "', '', usage_role = '" + semconv.UsageRoleDuplicate +
			"' AND usage_source = '" + semconv.UsageSourceMissing + "', if(outcome = '" + semconv.OutcomeError + "', '" +
			semconv.UsageMissingReasonError + "', '" + semconv.UsageMissingReasonNotSent + "'), toString(usage_missing_reason))")
	case "usage_flags":
		flag := "'" + semconv.UsageFlagsUsageFromAggregate + "'"
		b.WriteString("arrayConcat(arrayFilter(f -> f != " + flag + ", usage_flags), if(")
		settled(b, part, func(c *settling.Correction) string {
			if c.Sum {
				return "sum"
			}
			return ""
		})
		b.WriteString(" = 'sum', [" + flag + "], []))")
	default:
		of, handed := handedColumns[name]
		if !handed || !slices.ContainsFunc(part, func(c settling.Correction) bool { return of(&c) != "" }) {
			b.WriteString(column)
			return
		}
		b.WriteString("if(" + column + " = '', ")
		settled(b, part, of)
		b.WriteString(", " + column + ")")
	}
}

// settled writes the value that a correction gives.
func settled(b *strings.Builder, part []settling.Correction, of func(*settling.Correction) string) {
	values := make([]string, len(part))
	same := true
	for i := range part {
		values[i] = of(&part[i])
		same = same && values[i] == values[0]
	}
	if same {
		b.WriteString("unhex('" + hex.EncodeToString([]byte(values[0])) + "')")
		return
	}
	b.WriteString("transform(settled_key, settled_keys, ")
	texts(b, values)
	b.WriteString(", '')")
}
