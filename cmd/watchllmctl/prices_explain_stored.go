package main

import (
	"context"
	"fmt"
	"regexp"
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
}

func (s *storedSpan) register(cmd *cobra.Command) { s.store.register(cmd) }

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
WHERE tenant_id = {tenant:String} AND start_time = fromUnixTimestamp64Nano({start:Int64}, 'UTC') AND trace_id = {trace:String} AND span_id = {span:String}
ORDER BY revision`,
		clickhousego.Named("tenant", row.Tenant), clickhousego.Named("start", row.Start.UnixNano()),
		clickhousego.Named("trace", trace), clickhousego.Named("span", span))
	if err != nil {
		return nil, fmt.Errorf("corrections of %s:%s: %w", trace, span, err)
	}
	account := costing.AccountOf(book, row, corrections)
	return &account, nil
}

// row is the span as it was stored last, whoever's it is, unless two tenants have one with these ids.
func (s *storedSpan) row(ctx context.Context, conn driver.Conn, target clickhouse.Target, trace, span string) (*costing.Row, error) {
	var rows []costing.Row
	err := conn.Select(ctx, &rows, "SELECT "+costing.RowColumns()+" FROM "+target.Table(clickhouse.TableSpans)+` AS s
WHERE trace_id = {trace:String} AND span_id = {span:String} AND ({tenant:String} = '' OR tenant_id = {tenant:String})
ORDER BY tenant_id, ingested_at DESC
LIMIT 1 BY tenant_id
LIMIT 20`,
		clickhousego.Named("trace", trace), clickhousego.Named("span", span), clickhousego.Named("tenant", s.tenant))
	switch {
	case err != nil:
		return nil, fmt.Errorf("span %s:%s: %w", trace, span, err)
	case len(rows) == 0 && s.tenant != "":
		return nil, fmt.Errorf("tenant %q has no span %s in trace %s", s.tenant, span, trace)
	case len(rows) == 0:
		return nil, fmt.Errorf("the store has no span %s in trace %s", span, trace)
	case len(rows) > 1:
		var tenants []string
		for i := range rows {
			tenants = append(tenants, rows[i].Tenant)
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
