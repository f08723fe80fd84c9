package spanblock

import (
	"encoding/binary"
	"fmt"
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/clickhouse"
)

// Block collects rows of llm_spans. It is reused: Reset keeps the memory. It is not safe for concurrent use.
type Block struct {
	rows    int
	columns []column
	named   named
	fields  []field
	byAttr  map[string]int

	// value of each field of the row at hand; has says which are set.
	value []pcommon.Value
	units []int64
	has   []bool
}

// named are the columns that are not filled from span attributes.
type named struct {
	tenant, project, identityProject       *dictionary
	traceID, spanID, parentID, traceState  *text
	flags, start, end, duration, ingested  *fixed
	name                                   *dictionary
	kind, statusCode                       *fixed
	statusMessage                          *text
	service, serviceVersion, environment   *dictionary
	scopeName, scopeVersion                *dictionary
	strings, ints, doubles, bools, jsons   *array
	resource, scope                        *array
	eventTime, eventName, eventAttrs       *array
	linkTrace, linkSpan, linkAttrs         *array
	droppedAttrs, droppedEvents, dropLinks *fixed
	retention                              *fixed
	usageRoleBefore                        *dictionary
}

// New makes an empty block with the columns of llm_spans.
func New() *Block {
	b := &Block{byAttr: map[string]int{}}
	byName := make(map[string]column, len(clickhouse.SpanColumns))
	for _, c := range clickhouse.SpanColumns {
		col := newColumn(c.Type)
		b.columns = append(b.columns, col)
		byName[c.Name] = col
		if c.Source == clickhouse.SourceAttribute {
			b.byAttr[c.Attribute] = len(b.fields)
			b.fields = append(b.fields, newField(c, col))
		}
	}
	b.value = make([]pcommon.Value, len(b.fields))
	b.units = make([]int64, len(b.fields))
	b.has = make([]bool, len(b.fields))
	n := &b.named
	bind(byName, "tenant_id", &n.tenant)
	bind(byName, "project_id", &n.project)
	bind(byName, "identity_project", &n.identityProject)
	bind(byName, "trace_id", &n.traceID)
	bind(byName, "span_id", &n.spanID)
	bind(byName, "parent_span_id", &n.parentID)
	bind(byName, "trace_state", &n.traceState)
	bind(byName, "flags", &n.flags)
	bind(byName, "start_time", &n.start)
	bind(byName, "end_time", &n.end)
	bind(byName, "duration_ns", &n.duration)
	bind(byName, "ingested_at", &n.ingested)
	bind(byName, "name", &n.name)
	bind(byName, "kind", &n.kind)
	bind(byName, "status_code", &n.statusCode)
	bind(byName, "status_message", &n.statusMessage)
	bind(byName, "service_name", &n.service)
	bind(byName, "service_version", &n.serviceVersion)
	bind(byName, "environment", &n.environment)
	bind(byName, "scope_name", &n.scopeName)
	bind(byName, "scope_version", &n.scopeVersion)
	bind(byName, "attributes_string", &n.strings)
	bind(byName, "attributes_int", &n.ints)
	bind(byName, "attributes_double", &n.doubles)
	bind(byName, "attributes_bool", &n.bools)
	bind(byName, "attributes_json", &n.jsons)
	bind(byName, "resource_attributes", &n.resource)
	bind(byName, "scope_attributes", &n.scope)
	bind(byName, "events.time", &n.eventTime)
	bind(byName, "events.name", &n.eventName)
	bind(byName, "events.attributes", &n.eventAttrs)
	bind(byName, "links.trace_id", &n.linkTrace)
	bind(byName, "links.span_id", &n.linkSpan)
	bind(byName, "links.attributes", &n.linkAttrs)
	bind(byName, "dropped_attributes", &n.droppedAttrs)
	bind(byName, "dropped_events", &n.droppedEvents)
	bind(byName, "dropped_links", &n.dropLinks)
	bind(byName, "retention_days", &n.retention)
	bind(byName, "usage_role_before", &n.usageRoleBefore)
	return b
}

// bind is for programming errors only: the column table and this package are compiled together.
func bind[T column](cols map[string]column, name string, to *T) {
	c, ok := cols[name].(T)
	if !ok {
		panic(fmt.Sprintf("spanblock: column %s is %T", name, cols[name]))
	}
	*to = c
}

// newColumn makes the column for a ClickHouse type of the column table.
func newColumn(typ string) column {
	name, args, _ := strings.Cut(strings.TrimSuffix(typ, ")"), "(")
	switch name {
	case "String":
		return &text{}
	case "LowCardinality":
		return &dictionary{}
	case "Nullable":
		of, _, _ := strings.Cut(args, "(")
		return &nullable{values: fixed{width: widths[of]}}
	case "Array":
		return &array{of: newColumn(args)}
	case "Map":
		key, value, _ := strings.Cut(args, ", ")
		return &array{of: &pair{keys: newColumn(key).(*dictionary), values: newColumn(value)}}
	}
	return &fixed{width: widths[name]}
}

func columnName(i int) string { return clickhouse.SpanColumns[i].Name }

// Rows is the number of rows in the block.
func (b *Block) Rows() int { return b.rows }

// Reset empties the block.
func (b *Block) Reset() {
	b.rows = 0
	for _, c := range b.columns {
		c.reset()
	}
	clear(b.value)
}

// AppendNative appends the block in Native format (revision 0, as ClickHouse reads it over HTTP) to dst.
func (b *Block) AppendNative(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(b.columns)))
	dst = binary.AppendUvarint(dst, uint64(b.rows))
	for i, c := range b.columns {
		dst = b.appendHeader(dst, i)
		dst = b.appendData(dst, c)
	}
	return dst
}

func (b *Block) appendHeader(dst []byte, i int) []byte {
	for _, s := range [...]string{clickhouse.SpanColumns[i].Name, clickhouse.SpanColumns[i].Type} {
		dst = binary.AppendUvarint(dst, uint64(len(s)))
		dst = append(dst, s...)
	}
	return dst
}

func (b *Block) appendData(dst []byte, c column) []byte {
	if b.rows == 0 {
		return dst
	}
	return c.data(c.prefix(dst))
}

// AppendColumn appends the data of column i alone, with its prefix, for a driver that writes the headers itself.
func (b *Block) AppendColumn(dst []byte, i int) []byte { return b.appendData(dst, b.columns[i]) }
