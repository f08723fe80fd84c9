package llmclickhouseexporter

import (
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"
	chdriver "github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"go.opentelemetry.io/collector/component"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter/internal/dedup"
	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/semconv"
)

// clickhouseStore is the store in ClickHouse, over HTTP or the native protocol.
type clickhouseStore struct {
	cfg    clickhouse.ClientConfig
	create bool
	conn   chdriver.Conn
	target clickhouse.Target
	insert string
	// mark is put on every statement as log_comment; it is the same after a restart.
	mark    string
	encoder encoder
}

func newClickhouseStore(id component.ID, cfg *Config) (*clickhouseStore, error) {
	conn, err := cfg.Open()
	if err != nil {
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	target := cfg.Target()
	return &clickhouseStore{
		cfg:     cfg.ClientConfig,
		create:  cfg.CreateSchema,
		conn:    conn,
		target:  target,
		insert:  clickhouse.InsertSpans(target),
		mark:    "watchllm " + id.String() + " on " + host,
		encoder: newEncoder(cfg.Method()),
	}, nil
}

func (s *clickhouseStore) Close() error { return s.conn.Close() }

func (s *clickhouseStore) statement(ctx context.Context, settings driver.Settings) (context.Context, context.CancelFunc) {
	if settings == nil {
		settings = driver.Settings{}
	}
	settings["log_comment"] = s.mark
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	return driver.Context(ctx, driver.WithSettings(settings)), cancel
}

func (s *clickhouseStore) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.DialTimeout)
	defer cancel()
	return s.conn.Ping(ctx)
}

func (s *clickhouseStore) Prepare(ctx context.Context) (int, error) {
	ctx, cancel := s.statement(ctx, nil)
	defer cancel()
	if s.create {
		return clickhouse.Migrate(ctx, s.cfg, s.mark)
	}
	version, err := clickhouse.Version(ctx, s.conn, s.target)
	if err == nil && version < clickhouse.SchemaVersion() {
		return version, fmt.Errorf("%w: it is at %d, this collector needs %d; set create_schema: true, or apply the migrations",
			clickhouse.ErrSchemaOlder, version, clickhouse.SchemaVersion())
	}
	return version, err
}

const (
	// identityProject is the migration that put the project into what a row is. Rows from before have none there.
	identityProject = 5
	// rekeyedMargin covers clocks that differ, and collectors that were still to be replaced.
	rekeyedMargin = 5 * time.Minute
	// madeAtOnce is longer than all migrations of a new database take together.
	madeAtOnce = time.Minute
)

func (s *clickhouseStore) Rekeyed(ctx context.Context) (time.Time, error) {
	ctx, cancel := s.statement(ctx, nil)
	defer cancel()
	var first, rekeyed time.Time
	err := s.conn.QueryRow(ctx, "SELECT min(applied_at), minIf(applied_at, number = {number:UInt32}) FROM "+s.target.Table(clickhouse.TableMigrations),
		driver.Named("number", identityProject)).Scan(&first, &rekeyed)
	if err != nil || rekeyed.Sub(first) < madeAtOnce {
		return time.Time{}, err
	}
	return rekeyed.Add(rekeyedMargin), nil
}

// Running cannot see the processes of other nodes than the one it asks, nor any without the grant for
// system.processes; it is one guard of several.
func (s *clickhouseStore) Running(ctx context.Context) (int, error) {
	ctx, cancel := s.statement(ctx, nil)
	defer cancel()
	var n uint64
	err := s.conn.QueryRow(ctx, "SELECT count() FROM system.processes WHERE query_kind = 'Insert' AND Settings['log_comment'] = {mark:String}",
		driver.Named("mark", s.mark)).Scan(&n)
	return int(n), err
}

// revisionColumn is which version of its span a row is, 0 for the first; as in the exporter, only spans that came as events have others.
const revisionColumn = "if(scope_name = '" + semconv.ScopeEvents + "', toUInt32(greatest(0, least(4294967295, attributes_int['" + semconv.WatchLLMNativeRevision + "']))), 0)"

// chunk keeps the text of a question below ClickHouse's max_query_size of 256 KiB.
const chunk = 4000

func (s *clickhouseStore) Stored(ctx context.Context, keys []dedup.Key, found func(dedup.Key)) error {
	for len(keys) > 0 {
		n := min(chunk, len(keys))
		if err := s.storedChunk(ctx, keys[:n], found); err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}

func (s *clickhouseStore) storedChunk(ctx context.Context, keys []dedup.Key, found func(dedup.Key)) error {
	ctx, cancel := s.statement(ctx, nil)
	defer cancel()
	first, last := keys[0].Start, keys[0].Start
	tenants := map[string]struct{}{}
	var spans strings.Builder
	for i, k := range keys {
		first, last = min(first, k.Start), max(last, k.Start)
		tenants[k.Tenant] = struct{}{}
		if i > 0 {
			spans.WriteByte(',')
		}
		spans.WriteByte('\'')
		spans.WriteString(hex.EncodeToString(k.Span[:]))
		spans.WriteByte('\'')
	}
	names := make([]string, 0, len(tenants))
	for t := range tenants {
		names = append(names, t)
	}
	rows, err := s.conn.Query(ctx, "SELECT tenant_id, project_id, trace_id, span_id, "+revisionColumn+" FROM "+s.target.Table(clickhouse.TableSpans)+
		" WHERE tenant_id IN {tenants:Array(String)}"+
		" AND start_time BETWEEN fromUnixTimestamp64Nano(toInt64("+strconv.FormatInt(first, 10)+"), 'UTC')"+
		" AND fromUnixTimestamp64Nano(toInt64("+strconv.FormatInt(last, 10)+"), 'UTC')"+
		" AND span_id IN ("+spans.String()+")",
		driver.Named("tenants", names))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var k dedup.Key
		var trace, span string
		if err := rows.Scan(&k.Tenant, &k.Project, &trace, &span, &k.Revision); err != nil {
			return err
		}
		if decodeIDs(&k, trace, span) {
			found(k)
		}
	}
	return rows.Err()
}

// reseedMargin covers clocks that were set back a little while the collector was away.
const reseedMargin = 5 * time.Minute

func (s *clickhouseStore) Recent(ctx context.Context, age time.Duration, limit int, each func(recentRow)) error {
	ctx, cancel := s.statement(ctx, nil)
	defer cancel()
	since := time.Now().Add(-age - reseedMargin).UnixMilli()
	rows, err := s.conn.Query(ctx, fmt.Sprintf(`SELECT tenant_id, project_id, trace_id, span_id, toUnixTimestamp64Nano(start_time), toUnixTimestamp64Nano(end_time), toUInt8(toInt8(status_code)), name, revision
FROM (SELECT tenant_id, project_id, trace_id, span_id, start_time, end_time, status_code, name, %s AS revision, ingested_at FROM %s
WHERE ingested_at >= fromUnixTimestamp64Milli(toInt64(%d), 'UTC') ORDER BY ingested_at DESC LIMIT %d) ORDER BY ingested_at`,
		revisionColumn, s.target.Table(clickhouse.TableSpans), since, limit))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r recentRow
		var trace, span string
		if err := rows.Scan(&r.Tenant, &r.Project, &trace, &span, &r.Start, &r.End, &r.Status, &r.Name, &r.Revision); err != nil {
			return err
		}
		if decodeIDs(&r.Key, trace, span) {
			each(r)
		}
	}
	return rows.Err()
}

func decodeIDs(k *dedup.Key, trace, span string) bool {
	t, err := hex.DecodeString(trace)
	if err != nil || copy(k.Trace[:], t) != len(k.Trace) {
		return false
	}
	s, err := hex.DecodeString(span)
	return err == nil && copy(k.Span[:], s) == len(k.Span)
}
