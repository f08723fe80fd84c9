package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	clickhousego "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/watchllm/watchllm/internal/clickhouse"
)

// maxCalls is how many calls of a trace are listed.
const maxCalls = 200

// traceCall is a call of a trace, with its cost as now known in decimals; nil is unknown.
type traceCall struct {
	Tenant   string  `ch:"tenant_id" json:"tenant"`
	Project  string  `ch:"project_id" json:"project"`
	SpanID   string  `ch:"span_id" json:"span_id"`
	Name     string  `ch:"name" json:"name"`
	Provider string  `ch:"provider" json:"provider"`
	Model    string  `ch:"model" json:"model"`
	Cost     *string `ch:"amount" json:"amount"`
	Currency string  `ch:"cost_currency" json:"currency"`
	Status   string  `ch:"cost_status" json:"status"`
}

// calls are those of a trace that totals count, in the order in which they began.
func (s *storedSpan) calls(ctx context.Context, trace string) ([]traceCall, error) {
	conn, target, err := s.store.open(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	calls := []traceCall{}
	err = conn.Select(ctx, &calls, `SELECT tenant_id, project_id, span_id, name, provider, if(response_model != '', response_model, request_model) AS model,
	toString(cost) AS amount, cost_currency, cost_status
FROM `+target.Table(clickhouse.ViewKnown)+`
WHERE trace_id = {trace:String} AND usage_role = 'call' AND ({tenant:String} = '' OR tenant_id = {tenant:String})
	AND ({project:String} = '' OR project_id = {project:String})
ORDER BY tenant_id, start_time, span_id
LIMIT {limit:UInt32}`,
		clickhousego.Named("trace", trace), clickhousego.Named("tenant", s.tenant), clickhousego.Named("project", s.project),
		clickhousego.Named("limit", maxCalls))
	switch {
	case err != nil:
		return nil, fmt.Errorf("calls of trace %s: %w", trace, err)
	case len(calls) == 0:
		return nil, fmt.Errorf("the store has no model call in trace %s", trace)
	}
	return calls, nil
}

func writeCalls(out io.Writer, trace string, calls []traceCall) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TENANT\tPROJECT\tSPAN ID\tNAME\tPROVIDER\tMODEL\tCOST\tSTATUS")
	for i := range calls {
		c := &calls[i]
		cost := "not known"
		if c.Cost != nil {
			cost = *c.Cost + " " + c.Currency
		}
		fmt.Fprintln(w, strings.Join([]string{
			printable(c.Tenant), printable(c.Project), c.SpanID, printable(c.Name), cmp.Or(printable(c.Provider), "-"), cmp.Or(printable(c.Model), "-"), cost, cmp.Or(c.Status, "-"),
		}, "\t"))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\nTo explain one: watchllmctl prices explain %s SPAN_ID\n", trace)
	return err
}
