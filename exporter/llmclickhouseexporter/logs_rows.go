package llmclickhouseexporter

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/spanblock"
	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/semconv"
)

// logRow is one record as a row of its table.
type logRow struct {
	tenant string
	// day and days decide about the partition.
	day  int64
	days uint16
	// digest is of everything the row says, its time of arrival excepted.
	digest [16]byte
	values []any
	// resource, scope and record are where the record stands in its batch.
	resource, scope, record int
}

// originalTime is the name under which a time is kept that cannot be.
const originalTime = "watchllm.original.time_unix_nano"

const eventNameAttribute = "event.name"

// rows are the records of a batch by table.
func (e *logsExporter) rows(ld plog.Logs) map[string][]logRow {
	out := map[string][]logRow{}
	now := e.now()
	for i, rl := range ld.ResourceLogs().All() {
		resource := spanblock.NewResource(rl.Resource())
		days, ofResource := e.cfg.Retention.days(resource.Tenant), resource.Rest()
		for j, sl := range rl.ScopeLogs().All() {
			scope := spanblock.NewScope(sl.Scope())
			ofScope := scope.Rest()
			// Maps are printed in the order of their keys.
			around := fmt.Sprintf("%q %q %q %q %q %q", resource.ServiceVersion(), resource.Environment(), ofResource, scope.ScopeName(), scope.ScopeVersion(), ofScope)
			for k, r := range sl.LogRecords().All() {
				c := logConversion{Resource: resource, Scope: scope, ofResource: ofResource, ofScope: ofScope, around: around, record: r, days: days, now: now}
				table, row := c.row()
				row.resource, row.scope, row.record = i, j, k
				out[table] = append(out[table], row)
			}
		}
	}
	return out
}

// logConversion makes a row of one record.
type logConversion struct {
	*spanblock.Resource
	*spanblock.Scope
	ofResource, ofScope map[string]string
	// around is what resource and scope say beside tenant, project and service.
	around string
	record plog.LogRecord
	days   uint16
	now    time.Time

	taken []string
}

// take is an attribute as text that a column holds, and the maps therefore leave out.
func (c *logConversion) take(name string) string {
	v, ok := c.record.Attributes().Get(name)
	if !ok {
		return ""
	}
	c.taken = append(c.taken, name)
	return spanblock.Text(v)
}

// either is the attribute, or the other one where it is absent, which stays in the maps.
func (c *logConversion) either(name, instead string) string {
	if text := c.take(name); text != "" {
		return text
	}
	if v, ok := c.record.Attributes().Get(instead); ok {
		return spanblock.Text(v)
	}
	return ""
}

// number is a numeric attribute; nil is unknown. What is no number stays in the maps.
func (c *logConversion) number(name string) *float64 {
	v, ok := c.record.Attributes().Get(name)
	if !ok {
		return nil
	}
	var n float64
	switch v.Type() {
	case pcommon.ValueTypeDouble:
		n = v.Double()
	case pcommon.ValueTypeInt:
		n = float64(v.Int())
	default:
		return nil
	}
	c.taken = append(c.taken, name)
	return &n
}

// times are when it happened and when it was observed, in nanoseconds since 1970.
func (c *logConversion) times() (at, seen int64) {
	at, seen = int64(c.record.Timestamp()), int64(c.record.ObservedTimestamp())
	if !spanblock.Plausible(c.record.ObservedTimestamp(), c.now.UnixNano()) {
		seen = c.now.UnixNano()
	}
	if !spanblock.Plausible(c.record.Timestamp(), c.now.UnixNano()) {
		at = seen
	}
	return at, seen
}

func (c *logConversion) row() (table string, row logRow) {
	at, seen := c.times()
	name := c.record.EventName()
	if name == "" {
		name = c.take(eventNameAttribute)
	}
	row = logRow{tenant: c.Tenant, day: at / int64(24*time.Hour), days: c.days, digest: c.digest(name, at)}
	id := c.take(semconv.WatchLLMNativeID)
	if id == "" {
		id = hex.EncodeToString(row.digest[:])
	}
	if clickhouse.IsScore(name) {
		row.values = c.score(id, at)
		return clickhouse.TableScores, row
	}
	row.values = c.log(id, name, at, seen)
	return clickhouse.TableLogs, row
}

// score are the values of ScoreColumns.
func (c *logConversion) score(id string, at int64) []any {
	value := c.number(semconv.GenAIEvaluationScoreValue)
	out := []any{
		c.Tenant, c.Project, traceText(c.record.TraceID()), spanText(c.record.SpanID()), id, time.Unix(0, at),
		c.take(semconv.GenAIEvaluationName), value, c.take(semconv.GenAIEvaluationScoreLabel), c.take(semconv.GenAIEvaluationExplanation),
		c.take(semconv.WatchLLMNativeSource), c.take(clickhouse.NativeEvaluator), c.take(semconv.WatchLLMNativeTargetEventID),
		c.take(semconv.GenAIResponseID), c.either(semconv.GenAIConversationID, semconv.SessionID), c.either(semconv.WatchLLMUserID, semconv.UserID),
		c.Service(), c.Environment(),
	}
	rest := map[string]string{}
	for k, v := range c.others() {
		rest[k] = spanblock.Text(v)
	}
	c.keepTime(at, func(t int64) { rest[originalTime] = pcommon.NewValueInt(t).AsString() })
	if text := spanblock.Text(c.record.Body()); text != "" {
		rest[semconv.WatchLLMLogBody] = text
	}
	return append(out, rest, c.now, c.days)
}

// log are the values of LogColumns.
func (c *logConversion) log(id, name string, at, seen int64) []any {
	r := c.record
	conversation, user := c.either(semconv.GenAIConversationID, semconv.SessionID), c.either(semconv.WatchLLMUserID, semconv.UserID)
	texts, ints, doubles, bools, others := map[string]string{}, map[string]int64{}, map[string]float64{}, map[string]bool{}, map[string]string{}
	for k, v := range c.others() {
		switch v.Type() {
		case pcommon.ValueTypeStr:
			texts[k] = v.Str()
		case pcommon.ValueTypeInt:
			ints[k] = v.Int()
		case pcommon.ValueTypeDouble:
			doubles[k] = v.Double()
		case pcommon.ValueTypeBool:
			bools[k] = v.Bool()
		case pcommon.ValueTypeBytes:
			others[k] = `"` + v.AsString() + `"`
		case pcommon.ValueTypeEmpty:
			others[k] = "null"
		default:
			others[k] = spanblock.Text(v)
		}
	}
	c.keepTime(at, func(t int64) { ints[originalTime] = t })
	return []any{
		c.Tenant, c.Project, time.Unix(0, at), time.Unix(0, seen), traceText(r.TraceID()), spanText(r.SpanID()), id,
		uint8(max(0, min(r.SeverityNumber(), 255))), r.SeverityText(), name, spanblock.Text(r.Body()), uint32(r.Flags()),
		c.Service(), c.ServiceVersion(), c.Environment(), c.ScopeName(), c.ScopeVersion(), conversation, user,
		texts, ints, doubles, bools, others, c.ofResource, c.ofScope, r.DroppedAttributesCount(), c.now, c.days,
	}
}

// keepTime hands on a time that was sent and is not the row's.
func (c *logConversion) keepTime(at int64, keep func(int64)) {
	if t := c.record.Timestamp(); t != 0 && int64(t) != at {
		keep(int64(t))
	}
}

// others are the attributes that no column took.
func (c *logConversion) others() func(func(string, pcommon.Value) bool) {
	return func(yield func(string, pcommon.Value) bool) {
		for k, v := range c.record.Attributes().All() {
			if !slices.Contains(c.taken, k) && !yield(k, v) {
				return
			}
		}
	}
}

// digest is the same for the same record, however often it comes.
func (c *logConversion) digest(name string, at int64) (out [16]byte) {
	h := sha256.New()
	text := func(parts ...string) {
		for _, s := range parts {
			h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(s))))
			h.Write([]byte(s))
		}
	}
	r := c.record
	trace, span := r.TraceID(), r.SpanID()
	h.Write(trace[:])
	h.Write(span[:])
	h.Write(binary.LittleEndian.AppendUint64(nil, uint64(at)))
	h.Write(binary.LittleEndian.AppendUint64(nil, uint64(r.SeverityNumber())))
	text(c.Tenant, c.Project, c.Service(), c.around, name, r.SeverityText(), spanblock.Text(r.Body()))
	keys := make([]string, 0, r.Attributes().Len())
	for k := range r.Attributes().All() {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		v, _ := r.Attributes().Get(k)
		text(k, v.Type().String(), spanblock.Text(v))
	}
	copy(out[:], h.Sum(nil))
	return out
}

func traceText(id pcommon.TraceID) string {
	if id.IsEmpty() {
		return ""
	}
	return id.String()
}

func spanText(id pcommon.SpanID) string {
	if id.IsEmpty() {
		return ""
	}
	return id.String()
}
