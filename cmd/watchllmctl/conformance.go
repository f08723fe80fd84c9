package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/watchllm/watchllm/internal/captures"
	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/conformance"
	"github.com/watchllm/watchllm/internal/replay"
)

type conformanceOptions struct {
	captures string
	order    string
	glob     string
	config   string
	table    string
	seed     uint64
	check    bool
	kill     bool
	keep     bool
}

func newConformanceCommand() *cobra.Command {
	o := conformanceOptions{}
	cmd := &cobra.Command{
		Use:   "conformance",
		Short: "Feed recorded clients through a whole WatchLLM and print what the store makes of them",
		Long: `Conformance starts a WatchLLM of its own (collector, engine, an empty store, free ports), gives every case of the captures folder a
tenant, sends the case's requests as the client sent them, restarts the collector, and prints one JSON line per case with what the store
then says. Unknown counts are null. A summary goes to stderr.

--order says how the requests are cut: as recorded (request), every span, log record or vendor record alone (spans), the same in
random order (shuffled), or everything two times (twice). The figures must be the same in all four.`,
		Example: `  watchllmctl conformance --captures internal/testkit/testdata/captures
  watchllmctl conformance --captures internal/testkit/testdata/captures --order shuffled --case 'langfuse*' --check`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	f := cmd.Flags()
	f.StringVar(&o.captures, "captures", "", "folder of recordings with an index.json")
	f.StringVar(&o.order, "order", string(replay.OrderRequest), "how the recordings are cut into requests: "+orderNames())
	f.StringVar(&o.glob, "case", "", "glob over client@version/scenario, client@version or scenario (default: all)")
	f.StringVar(&o.config, "config", "", "collector configuration with the embedded engine (default: collector.yaml here, or in the folder above this program's)")
	f.StringVar(&o.table, "table", "", "also write a Markdown table of sent, true, stored and plainly renamed figures to this file")
	f.Uint64Var(&o.seed, "seed", 1, "what --order shuffled makes of each case; 0 draws a new order")
	f.BoolVar(&o.check, "check", false, "fail when a case differs from what its index.json expects")
	f.BoolVar(&o.kill, "kill", false, "kill the collector (SIGKILL) when half of each case's requests are sent, and start it again")
	f.BoolVar(&o.keep, "keep", false, "leave the folder with store, configuration and log behind")
	_ = cmd.MarkFlagRequired("captures")
	return cmd
}

// Recorded times stay, however old they are: nothing may run out. Waiting times are short, for there is nobody to wait for.
const conformanceOverrides = `
receivers:
  llm_event:
    foreign:
      merge_wait: 5s
      open_wait: 5s
exporters:
  llm_clickhouse:
    retention:
      days: 0
    sending_queue:
      batch:
        flush_timeout: 200ms
`

func (o *conformanceOptions) run(cmd *cobra.Command) error {
	ctx := cmd.Context()
	if err := replay.Order(o.order).Check(); err != nil {
		return err
	}
	cases, err := captures.Read(os.DirFS(o.captures), o.captures)
	if err != nil {
		return err
	}
	if cases, err = captures.Matching(cases, o.glob); err != nil {
		return err
	}
	for i := range cases {
		for _, warning := range conformance.Unsent(&cases[i]) {
			fmt.Fprintln(cmd.ErrOrStderr(), warning)
		}
	}
	config, err := findConfig(o.config)
	if err != nil {
		return err
	}
	p, err := newPrivateInstance(ctx, config, conformanceOverrides)
	if err != nil {
		return err
	}
	defer func() {
		if o.keep {
			_ = p.stop()
			fmt.Fprintln(cmd.ErrOrStderr(), "kept:", p.dir)
			return
		}
		p.remove()
	}()
	results, err := o.feed(ctx, cmd.ErrOrStderr(), p, cases)
	if err != nil {
		return fmt.Errorf("%w%s", err, p.logHint(o.keep))
	}
	out := json.NewEncoder(cmd.OutOrStdout())
	for i := range results {
		if err := out.Encode(&results[i]); err != nil {
			return err
		}
	}
	if o.table != "" {
		if err := writeTable(o.table, o.captures, cases, results); err != nil {
			return err
		}
	}
	return o.judge(cmd.ErrOrStderr(), cases, results)
}

func (p *privateInstance) logHint(kept bool) string {
	if !kept {
		return "; with --keep the collector's log stays"
	}
	return "; the collector's log is " + filepath.Join(p.dir, "collector.log")
}

// feed sends every case as a tenant of its own and reads the store after a restart, which is part of what is to be shown.
func (o *conformanceOptions) feed(ctx context.Context, progressTo io.Writer, p *privateInstance, cases []captures.Case) ([]conformance.Result, error) {
	tenants := make([]string, len(cases))
	keys := make(map[string]string, len(cases))
	for i := range cases {
		tenants[i] = fmt.Sprintf("case-%04d", i+1)
		key, err := p.addTenant(tenants[i])
		if err != nil {
			return nil, err
		}
		keys[cases[i].Name()] = key
	}
	if err := p.start(ctx); err != nil {
		return nil, err
	}
	progress := newProgressLine(progressTo, false)
	var interrupt func(context.Context) error
	if o.kill {
		interrupt = p.restartHard
	}
	sum, err := replay.Captures(ctx, replay.CaptureOptions{
		Interrupt: interrupt,
		Target:    replay.Target{Endpoint: url(p.layout.http, "http")}, Events: url(p.layout.events, "http"),
		Dir: o.captures, Case: o.glob, Order: replay.Order(o.order), Seed: o.seed, KeepTimes: true, Signals: []string{"traces", "logs"},
		Key:      func(name string) (string, error) { return keys[name], nil },
		Progress: func(name string, done, total int) { progress.show("case %d of %d  %s", done, total, name) },
	})
	progress.clear()
	if sum.Lost() > 0 || err != nil {
		sum.Print(progressTo)
	}
	// What was refused is part of the result: its case has less in the store.
	if err != nil && (sum.Rejected == 0 || sum.Lost() > sum.Rejected) {
		return nil, err
	}
	if err := p.stop(); err != nil {
		return nil, err
	}
	if err := p.start(ctx); err != nil {
		return nil, err
	}
	if err := p.waitSettled(ctx); err != nil {
		return nil, err
	}
	return p.results(ctx, cases, tenants)
}

// restMetrics are 0 when nothing is on its way any more, in the order of the way: halves of vendors' spans that wait for the other, batches
// before the store, stored traces that are to be looked at again.
var restMetrics = []string{
	"otelcol_receiver_llm_event_foreign_held",
	"otelcol_exporter_queue_size",
	"otelcol_exporter_llm_clickhouse_settle_due",
}

// A batch that left the queue may not be in the store yet, so rest has to last for a while.
const restLasts, restPatience = time.Second, time.Minute

func (p *privateInstance) waitSettled(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, restPatience)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	var since time.Time
	for {
		busy := p.busy(ctx)
		switch {
		case busy != "":
			since = time.Time{}
		case since.IsZero():
			since = time.Now()
		case time.Since(since) >= restLasts:
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not everything was stored and settled after %s: %s", restPatience, busy)
		case <-tick.C:
		}
	}
}

// busy names what is still on its way.
func (p *privateInstance) busy(ctx context.Context) string {
	for _, name := range restMetrics {
		n, ok, err := p.metric(ctx, name)
		switch {
		case err != nil:
			return err.Error()
		case !ok:
			return name + " is not there yet"
		case n > 0:
			return fmt.Sprintf("%s is %.0f", name, n)
		}
	}
	return ""
}

func (p *privateInstance) results(ctx context.Context, cases []captures.Case, tenants []string) ([]conformance.Result, error) {
	cfg := clickhouse.NewDefaultClientConfig()
	cfg.Endpoint = url(p.layout.clickhouse, "http")
	cfg.PasswordFile = filepath.Join(p.dir, "clickhouse-password")
	conn, err := cfg.Open()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conformance.Results(ctx, conn, cases, tenants)
}

// judge tells how many cases came out as expected, and which did not.
func (o *conformanceOptions) judge(w io.Writer, cases []captures.Case, results []conformance.Result) error {
	expected, exact := 0, 0
	for i := range results {
		e := cases[i].Expect
		if e == nil {
			continue
		}
		expected++
		if results[i].Meets(e) {
			exact++
		} else {
			fmt.Fprintln(w, results[i].Difference(e))
		}
	}
	verdict := fmt.Sprintf("%d of %d exactly as expected", exact, expected)
	if expected == 0 {
		verdict = "none of which says what it expects"
	}
	fmt.Fprintf(w, "%d cases in order %s, %s\n", len(results), o.order, verdict)
	if o.check && exact < expected {
		return fmt.Errorf("%d of %d cases differ from what the bytes allow", expected-exact, expected)
	}
	return nil
}

func writeTable(file, captures string, cases []captures.Case, results []conformance.Result) error {
	var b strings.Builder
	if err := conformance.WriteTable(&b, captures, cases, results); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(b.String()), 0o644) //nolint:gosec // documentation
}
