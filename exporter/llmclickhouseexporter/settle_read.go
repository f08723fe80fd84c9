package llmclickhouseexporter

import (
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"
	chdriver "github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/settling"
	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/semconv"
)

// settleStore is the part of the store that settling asks. It has connections of its own, so that it never takes one from an insert.
type settleStore struct {
	*clickhouseStore
	conn chdriver.Conn
}

var _ settling.Store = (*settleStore)(nil)

const (
	// settleConns suffice: one statement runs at a time, and one may still end that was given up.
	settleConns = 2
	// settleText is room for the longest statement, which the server's default of 256 KiB is not.
	settleText = 4 << 20
	// longTrace is a trace whose spans are worth being found through the index of trace ids alone: reading all that lies between
	// its first and its last span would cost more. Only few of those are asked for at once, or the index excludes nothing.
	longTrace  = int64(time.Hour)
	longTraces = 16
)

func (s *clickhouseStore) Settling() (settlingStore, error) {
	cfg := s.cfg
	cfg.MaxOpenConns = settleConns
	conn, err := cfg.Open()
	if err != nil {
		return nil, err
	}
	return &settleStore{clickhouseStore: s, conn: conn}, nil
}

func (s *settleStore) Close() error { return s.conn.Close() }

func (s *settleStore) settings() driver.Settings {
	// One thread: there is no hurry, and inserts and people's queries come first.
	return driver.Settings{"max_query_size": settleText, "max_threads": 1}
}

func (s *settleStore) query(ctx context.Context, text string, each func(chdriver.Rows) error) error {
	ctx, cancel := s.statement(ctx, s.settings())
	defer cancel()
	rows, err := s.conn.Query(ctx, text)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// tenantsAndTraces are the distinct ones of the looks.
func tenantsAndTraces(looks []settling.Look) ([]string, []pcommon.TraceID) {
	tenants := map[string]struct{}{}
	traces := make([]pcommon.TraceID, len(looks))
	for i, l := range looks {
		tenants[l.Tenant] = struct{}{}
		traces[i] = l.ID
	}
	return slices.Sorted(maps.Keys(tenants)), traces
}

func (s *settleStore) Bounds(ctx context.Context, looks []settling.Look) error {
	var b strings.Builder
	tenants, traces := tenantsAndTraces(looks)
	b.WriteString("SELECT tenant_id, trace_id, toUnixTimestamp64Nano(min(min_start_time)), toUnixTimestamp64Nano(max(max_start_time)) FROM " +
		s.target.Table(clickhouse.TableTraceIndex) + " WHERE ")
	among(&b, "tenant_id", tenants)
	b.WriteString(" AND trace_id IN (")
	ids(&b, traces)
	b.WriteString(") GROUP BY tenant_id, trace_id")
	index := make(map[settling.Trace]int, len(looks))
	for i, l := range looks {
		index[l.Trace] = i
	}
	return s.query(ctx, b.String(), func(rows chdriver.Rows) error {
		var t settling.Trace
		var id string
		var first, last int64
		if err := rows.Scan(&t.Tenant, &id, &first, &last); err != nil {
			return err
		}
		readTrace(&t.ID, id)
		if i, ok := index[t]; ok {
			l := &looks[i]
			l.First, l.Last = min(l.First, first), max(l.Last, last)
		}
		return nil
	})
}

// readTrace and readSpan decode an id; what is none stays empty, and matches nothing.
func readTrace(to *pcommon.TraceID, text string) {
	if b, err := hex.DecodeString(text); err == nil && len(b) == len(to) {
		copy(to[:], b)
	}
}

func readSpan(to *pcommon.SpanID, text string) {
	if b, err := hex.DecodeString(text); err == nil && len(b) == len(to) {
		copy(to[:], b)
	}
}

// callColumns are what genai.Settle decides by; scanCall reads them.
const callColumns = `tenant_id, project_id, trace_id, span_id, parent_span_id, toUnixTimestamp64Nano(start_time), toUnixTimestamp64Nano(end_time),
role, scope_name, dialect, service_name, if(request_model != '', request_model, response_model), signal, if(event_name != '', event_name, name),
input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, response_id, outcome`

// factColumns are beside them what is handed down and the verdict that is stored.
const factColumns = callColumns + `,
conversation_id, user_id, agent_name, workflow_name, prompt_name, prompt_version,
usage_role, usage_role_reason, usage_counted_by, has(usage_flags, '` + semconv.UsageFlagsUsageFromAggregate + `'), toUnixTimestamp64Milli(ingested_at)`

func (s *settleStore) Facts(ctx context.Context, looks []settling.Look, limit int, each func(*settling.Row)) error {
	var short, long []settling.Look
	for _, l := range looks {
		if l.Last-l.First > longTrace {
			long = append(long, l)
		} else {
			short = append(short, l)
		}
	}
	read := 0
	for _, part := range append(slices.Collect(slices.Chunk(long, longTraces)), short) {
		if len(part) == 0 {
			continue
		}
		var b strings.Builder
		tenants, traces := tenantsAndTraces(part)
		b.WriteString("SELECT " + factColumns + " FROM " + s.target.Table(clickhouse.TableSpans) + " FINAL WHERE ")
		among(&b, "tenant_id", tenants)
		b.WriteString(" AND ")
		within(&b, settling.Windows(part, 0, 0))
		b.WriteString(" AND trace_id IN (")
		ids(&b, traces)
		fmt.Fprintf(&b, ") LIMIT %d", limit-read+1)
		err := s.query(ctx, b.String(), func(rows chdriver.Rows) error {
			if read++; read > limit {
				return settling.ErrTooMany
			}
			r, err := scanFact(rows)
			if err == nil {
				each(r)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func scanFact(rows chdriver.Rows) (*settling.Row, error) {
	r := &settling.Row{}
	var flagged uint8
	h, v := &r.Handed, &r.Before
	err := scanCall(rows, &r.Fact, &h.ConversationID, &h.UserID, &h.AgentName, &h.WorkflowName, &h.PromptName, &h.PromptVersion,
		&v.UsageRole, &v.Reason, &v.CountedBy, &flagged, &v.Ingested)
	v.Flagged = flagged != 0
	return r, err
}

func scanCall(rows chdriver.Rows, f *genai.Fact, more ...any) error {
	var trace, span, parent, signal, event string
	var input, output, cacheRead, cacheWrite, reasoning *uint64
	err := rows.Scan(append([]any{&f.Tenant, &f.Project, &trace, &span, &parent, &f.Start, &f.End,
		&f.Role, &f.Scope, &f.Dialect, &f.Service, &f.Model, &signal, &event,
		&input, &output, &cacheRead, &cacheWrite, &reasoning, &f.ResponseID, &f.Outcome}, more...)...)
	readTrace(&f.TraceID, trace)
	readSpan(&f.SpanID, span)
	readSpan(&f.ParentID, parent)
	if signal == semconv.SignalLog {
		f.FromLog, f.Event = true, event
	}
	f.Input, f.Output = countOf(input), countOf(output)
	f.Cached = countOf(cacheRead).N + countOf(cacheWrite).N
	f.Reasoned = countOf(reasoning).N
	f.Detail = genai.DetailOf(countOf(cacheRead), countOf(cacheWrite), countOf(reasoning))
	return err
}

func countOf(n *uint64) genai.Count {
	if n == nil {
		return genai.Count{}
	}
	return genai.Count{N: int64(*n), Known: true}
}

// usageCalls are the rows that stand for calls, whether they count or another one does.
const usageCalls = " AND usage_role IN ('" + semconv.UsageRoleCall + "', '" + semconv.UsageRoleDuplicate + "')"

// SameResponse reads without FINAL: a superseded copy names the same call.
func (s *settleStore) SameResponse(ctx context.Context, q settling.ResponseQuery, limit int, each func(*settling.Match)) error {
	var b strings.Builder
	s.beginMatches(&b, q.Tenants, q.Windows)
	b.WriteString(" AND ")
	among(&b, "response_id", q.IDs)
	fmt.Fprintf(&b, " LIMIT %d BY tenant_id, project_id, response_id", settling.Crowd)
	return s.matches(ctx, &b, limit, each)
}

// SameWindow finds the calls that were going on within the windows.
func (s *settleStore) SameWindow(ctx context.Context, q settling.TokenQuery, limit int, each func(*settling.Match)) error {
	var b strings.Builder
	s.beginMatches(&b, q.Tenants, q.Windows)
	b.WriteString(" AND ")
	among(&b, "service_name", q.Services)
	counts := func(i int) { fmt.Fprintf(&b, "(%d,%d)", q.Counts[i].Input, q.Counts[i].Output) }
	b.WriteString(" AND (ifNull(input_tokens, 0) + ifNull(output_tokens, 0) = 0 OR (ifNull(input_tokens, 0), ifNull(output_tokens, 0)) IN (")
	commas(&b, len(q.Counts), counts)
	// A report that leaves the cache out has the uncached part of another's input.
	b.WriteString(") OR ifNull(cache_read_tokens, 0) + ifNull(cache_write_tokens, 0) > 0 AND " +
		"(toInt64(ifNull(input_tokens, 0)) - toInt64(ifNull(cache_read_tokens, 0)) - toInt64(ifNull(cache_write_tokens, 0)), ifNull(output_tokens, 0)) IN (")
	commas(&b, len(q.Counts), counts)
	// One that leaves the reasoning out has the rest of its output.
	b.WriteString(") OR ifNull(reasoning_tokens, 0) > 0 AND " +
		"(ifNull(input_tokens, 0), toInt64(ifNull(output_tokens, 0)) - toInt64(ifNull(reasoning_tokens, 0))) IN (")
	commas(&b, len(q.Counts), counts)
	b.WriteByte(')')
	if len(q.Silent) > 0 {
		b.WriteString(" OR ")
		among(&b, "service_name", q.Silent)
	}
	b.WriteByte(')')
	return s.matches(ctx, &b, limit, each)
}

// beginMatches asks for the calls that were going on within the windows. They may have begun some time before; the end, which is small
// to read, then excludes most of them before anything else of them is read.
func (s *settleStore) beginMatches(b *strings.Builder, tenants []string, windows []settling.Window) {
	earlier := slices.Clone(windows)
	for i := range earlier {
		earlier[i].First -= int64(settling.Longest)
	}
	b.WriteString("SELECT " + callColumns + " FROM " + s.target.Table(clickhouse.TableSpans) + " WHERE ")
	among(b, "tenant_id", tenants)
	b.WriteString(" AND ")
	within(b, earlier)
	b.WriteString(" AND end_time >= ")
	moment(b, windows[0].First)
	b.WriteString(usageCalls)
}

func (s *settleStore) matches(ctx context.Context, b *strings.Builder, limit int, each func(*settling.Match)) error {
	fmt.Fprintf(b, " LIMIT %d", limit+1)
	read := 0
	return s.query(ctx, b.String(), func(rows chdriver.Rows) error {
		if read++; read > limit {
			return settling.ErrTooMany
		}
		var m settling.Match
		if err := scanCall(rows, &m.Fact); err != nil {
			return err
		}
		each(&m)
		return nil
	})
}

const usageRows = " AND usage_role IN ('" + semconv.UsageRoleCall + "', '" + semconv.UsageRoleAggregate + "', '" + semconv.UsageRoleDuplicate + "')"

func (s *settleStore) Arrived(ctx context.Context, r settling.Range, limit int) ([]settling.Found, error) {
	from := r.From.UnixMilli()
	if !r.After.At.IsZero() {
		from = r.After.At.UnixMilli()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "SELECT tenant_id, trace_id, toUnixTimestamp64Nano(start_time), toUnixTimestamp64Nano(end_time), toUnixTimestamp64Milli(ingested_at) FROM %s"+
		" WHERE ingested_at >= fromUnixTimestamp64Milli(toInt64(%d), 'UTC') AND ingested_at <= fromUnixTimestamp64Milli(toInt64(%d), 'UTC')",
		s.target.Table(clickhouse.TableSpans), from, r.To.UnixMilli())
	if r.Tenant != "" {
		b.WriteString(" AND ")
		among(&b, "tenant_id", []string{r.Tenant})
	}
	b.WriteString(usageRows)
	if !r.After.At.IsZero() {
		fmt.Fprintf(&b, " AND (toUnixTimestamp64Milli(ingested_at), toString(tenant_id), trace_id) > (%d, unhex('%s'), '%s')",
			from, hex.EncodeToString([]byte(r.After.Tenant)), hex.EncodeToString(r.After.ID[:]))
	}
	fmt.Fprintf(&b, " ORDER BY ingested_at, tenant_id, trace_id LIMIT %d", limit)
	var out []settling.Found
	err := s.query(ctx, b.String(), func(rows chdriver.Rows) error {
		var f settling.Found
		var trace string
		var at int64
		if err := rows.Scan(&f.Tenant, &trace, &f.First, &f.Last, &at); err != nil {
			return err
		}
		readTrace(&f.ID, trace)
		f.At = time.UnixMilli(at)
		out = append(out, f)
		return nil
	})
	return out, err
}

// newestDays bounds what is read to find when the last row arrived.
const newestDays = 7

func (s *settleStore) Newest(ctx context.Context) (newest time.Time, err error) {
	var b strings.Builder
	b.WriteString("SELECT toUnixTimestamp64Milli(max(ingested_at)) FROM " + s.target.Table(clickhouse.TableSpans) + " WHERE start_time >= ")
	moment(&b, time.Now().AddDate(0, 0, -newestDays).UnixNano())
	err = s.query(ctx, b.String(), func(rows chdriver.Rows) error {
		var ms int64
		if err := rows.Scan(&ms); err != nil {
			return err
		}
		if ms > 0 {
			newest = time.UnixMilli(ms)
		}
		return nil
	})
	return newest, err
}

func (s *settleStore) Sources(ctx context.Context, since time.Time, each func(*genai.Fact)) error {
	text := fmt.Sprintf("SELECT DISTINCT tenant_id, service_name, scope_name, dialect, signal, if(signal = '"+semconv.SignalLog+"', if(event_name != '', event_name, name), '')"+
		" FROM %s WHERE ingested_at >= fromUnixTimestamp64Milli(toInt64(%d), 'UTC')%s", s.target.Table(clickhouse.TableSpans), since.UnixMilli(), usageCalls)
	return s.query(ctx, text, func(rows chdriver.Rows) error {
		var f genai.Fact
		var signal string
		if err := rows.Scan(&f.Tenant, &f.Service, &f.Scope, &f.Dialect, &signal, &f.Event); err != nil {
			return err
		}
		f.FromLog = signal == semconv.SignalLog
		each(&f)
		return nil
	})
}
