package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	clickhousego "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/spf13/cobra"

	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/costing"
	"github.com/watchllm/watchllm/internal/pricing"
)

// storedSpan finds a span in the store.
type storedSpan struct {
	store  storeFlags
	tenant string
	// project of the tenant; other ones may have a span with the same ids.
	project string
}

func (s *storedSpan) register(cmd *cobra.Command) {
	s.store.register(cmd)
	cmd.Flags().StringVar(&s.project, "project", "", "whose stored call it is, where several projects have a span with the same ids")
}

func (s *storedSpan) account(ctx context.Context, book *pricing.Book, args []string) (*costing.Account, error) {
	trace, span, err := parseSpanIDs(args)
	if err != nil {
		return nil, err
	}
	conn, target, err := s.store.open(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	row, err := s.row(ctx, conn, target, trace, span)
	if err != nil {
		return nil, err
	}
	var corrections []costing.Correction
	err = conn.Select(ctx, &corrections, "SELECT "+costing.CorrectionColumns()+" FROM "+target.Table(clickhouse.TableAdjustments)+` AS a FINAL
WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND start_time = fromUnixTimestamp64Nano({start:Int64}, 'UTC') AND trace_id = {trace:String} AND span_id = {span:String}
ORDER BY revision`,
		clickhousego.Named("tenant", row.Tenant), clickhousego.Named("project", row.Project), clickhousego.Named("start", row.Start.UnixNano()),
		clickhousego.Named("trace", trace), clickhousego.Named("span", span))
	if err != nil {
		return nil, fmt.Errorf("corrections of %s:%s: %w", trace, span, err)
	}
	account := costing.AccountOf(book, row, corrections)
	return &account, nil
}

// row is the span as it was stored last, whoever's it is, unless two tenants, or two projects of one, have one with these ids.
func (s *storedSpan) row(ctx context.Context, conn driver.Conn, target clickhouse.Target, trace, span string) (*costing.Row, error) {
	var rows []costing.Row
	err := conn.Select(ctx, &rows, "SELECT "+costing.RowColumns()+" FROM "+target.Table(clickhouse.TableSpans)+` AS s
WHERE trace_id = {trace:String} AND span_id = {span:String} AND ({tenant:String} = '' OR tenant_id = {tenant:String})
	AND ({project:String} = '' OR project_id = {project:String})
ORDER BY tenant_id, project_id, ingested_at DESC
LIMIT 1 BY tenant_id, project_id
LIMIT 20`,
		clickhousego.Named("trace", trace), clickhousego.Named("span", span), clickhousego.Named("tenant", s.tenant), clickhousego.Named("project", s.project))
	switch {
	case err != nil:
		return nil, fmt.Errorf("span %s:%s: %w", trace, span, err)
	case len(rows) == 0 && s.project != "":
		return nil, fmt.Errorf("project %q has no span %s in trace %s", s.project, span, trace)
	case len(rows) == 0 && s.tenant != "":
		return nil, fmt.Errorf("tenant %q has no span %s in trace %s", s.tenant, span, trace)
	case len(rows) == 0:
		return nil, fmt.Errorf("the store has no span %s in trace %s", span, trace)
	case len(rows) > 1:
		var tenants, projects []string
		for i := range rows {
			tenants, projects = append(tenants, rows[i].Tenant), append(projects, rows[i].Project)
		}
		if tenants = slices.Compact(tenants); len(tenants) == 1 {
			return nil, fmt.Errorf("several projects have a span %s in a trace %s: name one with --project: %s", span, trace, strings.Join(projects, ", "))
		}
		return nil, fmt.Errorf("several tenants have a span %s in a trace %s: name one with --tenant: %s", span, trace, strings.Join(tenants, ", "))
	}
	return &rows[0], nil
}

var (
	traceIDPattern = regexp.MustCompile(`^[0-9a-f]{32}$`)
	spanIDPattern  = regexp.MustCompile(`^[0-9a-f]{16}$`)
)

// traceAlone reports whether only a trace is named, and which.
func traceAlone(args []string) (trace string, ok bool) {
	if len(args) != 1 {
		return "", false
	}
	trace = strings.ToLower(strings.ReplaceAll(args[0], "-", ""))
	return trace, traceIDPattern.MatchString(trace)
}

// parseSpanIDs takes "trace span" and "trace:span", as logs and the API write them.
func parseSpanIDs(args []string) (trace, span string, err error) {
	trace, span, _ = strings.Cut(strings.Join(args, ":"), ":")
	trace, span = strings.ToLower(strings.ReplaceAll(trace, "-", "")), strings.ToLower(span)
	switch {
	case !traceIDPattern.MatchString(trace):
		return "", "", fmt.Errorf("trace id %q: 32 hexadecimal digits", trace)
	case !spanIDPattern.MatchString(span):
		return "", "", fmt.Errorf("span id %q: 16 hexadecimal digits; give both ids, as trace_id span_id or trace_id:span_id", span)
	}
	return trace, span, nil
}
