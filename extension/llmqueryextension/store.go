package llmqueryextension

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	clickhousego "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/watchllm/watchllm/extension/llmqueryextension/internal/metadata"
	"github.com/watchllm/watchllm/internal/clickhouse"
)

const (
	stmtOverview   statement = "overview"
	stmtModels     statement = "models"
	stmtRequests   statement = "timeseries_requests"
	stmtTokens     statement = "timeseries_tokens"
	stmtCost       statement = "timeseries_cost"
	stmtLatency    statement = "timeseries_latency"
	stmtTraces     statement = "traces"
	stmtEvents     statement = "events"
	stmtEventTypes statement = "event_types"
	stmtTraceCards statement = "trace_cards"
	stmtTrace      statement = "trace"
	stmtContent    statement = "trace_content"

	stmtCorrected        statement = "corrected"
	stmtTraceCorrections statement = "trace_corrections"
	stmtSpanCost         statement = "span_cost"
	stmtUnknownModels    statement = "unknown_models"

	stmtScores       statement = "scores"
	stmtScoreSummary statement = "scores_summary"
	stmtTraceScores  statement = "trace_scores"
)

// arg is one named parameter of a statement. Values travel beside the SQL, never in it.
type arg struct {
	name  string
	value any
}

// querier is the part of a ClickHouse connection that is used here.
type querier interface {
	Query(ctx context.Context, query string, args ...any) (driver.Rows, error)
}

// store runs statements for one scope at a time. It has no other way to reach the rows.
type store struct {
	conn      querier
	limits    LimitsConfig
	telemetry *metadata.TelemetryBuilder
	// patience is how long an answer is waited for.
	patience time.Duration
	// observe hears how each statement ended, so that an outage is noticed at once.
	observe func(error)
}

// grace is how much longer than the store's own limit an answer is waited for, so that a slow statement
// normally ends with the store's exact error and the rare lost answer ends all the same.
const grace = 2 * time.Second

func newStore(conn querier, limits LimitsConfig, telemetry *metadata.TelemetryBuilder, observe func(error)) *store {
	return &store{conn: conn, limits: limits, telemetry: telemetry, patience: limits.MaxExecutionTime + grace, observe: observe}
}

// The names under which the scope is bound in every statement.
const (
	argTenant  = "tenant"
	argProject = "project"
)

var errScopeMissing = errors.New("a statement was run without a tenant and project")

// read runs a statement and hands each row to scan. It is the only function that reaches the store, and it
// always binds the scope; the statements' tests prove that each of them filters by it.
func (s *store) read(ctx context.Context, sc scope, name statement, args []arg, scan func(driver.Rows) error) (err error) {
	if sc.tenant == "" || sc.project == "" {
		return errScopeMissing
	}
	text, err := name.text()
	if err != nil {
		return err
	}
	named := make([]any, 0, len(args)+2)
	named = append(named, clickhousego.Named(argTenant, sc.tenant), clickhousego.Named(argProject, sc.project))
	for _, a := range args {
		if a.name == argTenant || a.name == argProject {
			return fmt.Errorf("%s: parameter %s belongs to the scope", name, a.name)
		}
		named = append(named, clickhousego.Named(a.name, a.value))
	}

	ctx, cancel := s.bounded(ctx, name)
	defer cancel()
	start := time.Now()
	defer func() {
		if err != nil {
			err = s.classify(ctx, name, err)
		}
		s.observe(err)
		s.telemetry.ExtensionLlmQueryStatementDuration.Record(context.WithoutCancel(ctx), time.Since(start).Seconds(),
			metric.WithAttributes(attribute.String("statement", name.file()), attribute.String("outcome", outcomeOf(err))))
	}()
	rows, err := s.conn.Query(ctx, text, named...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

var errGaveUp = errors.New("no answer from the store in time")

// bounded puts the limits on a statement. It cancels by timer and not by deadline, because the driver would
// turn a deadline into another max_execution_time, and a setting that changes costs a round trip each time.
func (s *store) bounded(parent context.Context, name statement) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	timer := time.AfterFunc(s.patience, func() { cancel(errGaveUp) })
	settings := clickhousego.Settings{
		"max_execution_time": int(s.limits.MaxExecutionTime.Round(time.Second) / time.Second),
	}
	if name.countsCorrections() {
		maps.Copy(settings, clickhouse.KnownSettings())
	}
	if s.limits.MaxMemoryBytes > 0 {
		settings["max_memory_usage"] = s.limits.MaxMemoryBytes
	}
	if s.limits.MaxRowsToRead > 0 {
		settings["max_rows_to_read"] = s.limits.MaxRowsToRead
	}
	return clickhousego.Context(ctx, clickhousego.WithSettings(settings)), func() { timer.Stop(); cancel(nil) }
}

// selectRows reads all rows of a statement into values of T, whose fields name columns with the tag ch.
func selectRows[T any](ctx context.Context, s *store, sc scope, name statement, args []arg) ([]T, error) {
	var out []T
	err := s.read(ctx, sc, name, args, func(rows driver.Rows) error {
		var row T
		if err := rows.ScanStruct(&row); err != nil {
			return err
		}
		out = append(out, row)
		return nil
	})
	return out, err
}

// selectOne reads the one row of an aggregate without GROUP BY.
func selectOne[T any](ctx context.Context, s *store, sc scope, name statement, args []arg) (T, error) {
	rows, err := selectRows[T](ctx, s, sc, name, args)
	var zero T
	switch {
	case err != nil:
		return zero, err
	case len(rows) != 1:
		return zero, fmt.Errorf("%s: %d rows instead of one", name, len(rows))
	}
	return rows[0], nil
}
