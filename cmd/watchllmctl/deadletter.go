package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/exporter/llmclickhouseexporter"
	"github.com/watchllm/watchllm/internal/clickhouse/deadletter"
	"github.com/watchllm/watchllm/internal/tenancy"
)

// deadletterFlags say where the dead-letter folder and the store are: both stand in the collector's
// configuration, so that a resend goes where the exporter would have sent it.
type deadletterFlags struct {
	config, exporter, dir string
}

func newDeadletterCommand() *cobra.Command {
	var f deadletterFlags
	cmd := &cobra.Command{
		Use:   "deadletter",
		Short: "List, show and resend spans and log records that ClickHouse refused",
		Long: `What ClickHouse refuses for good lies in the exporter's dead-letter folder, as OTLP with the reason
beside it. After the cause is repaired, resend stores it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.PersistentFlags().StringVar(&f.config, "config", "collector.yaml", "the collector's configuration")
	cmd.PersistentFlags().StringVar(&f.exporter, "exporter", "llm_clickhouse", "the exporter's name in the configuration")
	cmd.PersistentFlags().StringVar(&f.dir, "dir", "", "the dead-letter folder, instead of the configuration's")
	cmd.AddCommand(newDeadletterListCommand(&f), newDeadletterShowCommand(&f), newDeadletterResendCommand(&f))
	return cmd
}

func newDeadletterListCommand(f *deadletterFlags) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List what was refused, oldest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			folder, err := f.folder(cmd.Context())
			if err != nil {
				return err
			}
			letters, err := folder.List()
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]any{"directory": folder.Dir, "letters": append([]deadletter.Letter{}, letters...)})
			}
			return printLetters(cmd.OutOrStdout(), folder.Dir, letters)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func newDeadletterShowCommand(f *deadletterFlags) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show FILE",
		Short: "Show why spans were refused, and which",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			folder, err := f.folder(cmd.Context())
			if err != nil {
				return err
			}
			if name := filepath.Base(args[0]); deadletter.HoldsLogs(name) {
				return showLogs(cmd.OutOrStdout(), folder, name, asJSON)
			}
			letter, td, err := folder.Read(filepath.Base(args[0]))
			if err != nil {
				return err
			}
			if asJSON {
				b, err := (&ptrace.JSONMarshaler{}).MarshalTraces(td)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n", b)
				return err
			}
			return printLetter(cmd.OutOrStdout(), letter, td)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the spans as OTLP JSON")
	return cmd
}

func newDeadletterResendCommand(f *deadletterFlags) *cobra.Command {
	var all, keep bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "resend FILE...",
		Short: "Store refused spans again, and delete what was stored",
		Long: `Spans go straight into the store, past the collector, so that they keep the tenant and project of the
key that sent them. A span that is stored already is not stored twice. What is refused again stays in the
folder, as a new letter that holds nothing else.`,
		Example: "  watchllmctl deadletter list\n  watchllmctl deadletter resend --all",
		RunE: func(cmd *cobra.Command, args []string) error {
			folder, err := f.folder(cmd.Context())
			if err != nil {
				return err
			}
			if all == (len(args) > 0) {
				return errors.New("name the files to resend, or give --all")
			}
			if all {
				letters, err := folder.List()
				if err != nil {
					return err
				}
				for _, l := range letters {
					args = append(args, l.Name)
				}
			}
			cfg, err := f.load(cmd.Context())
			if err != nil {
				return err
			}
			r := resender{folder: folder, cfg: cfg, keep: keep, timeout: timeout, out: cmd.OutOrStdout()}
			return r.resend(cmd.Context(), args)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "resend every file in the folder")
	cmd.Flags().BoolVar(&keep, "keep", false, "do not delete files whose spans were stored")
	cmd.Flags().DurationVar(&timeout, "timeout", time.Minute, "give up on a file when the store cannot be used for so long")
	return cmd
}

// load reads the exporter's section of the collector's configuration.
func (f *deadletterFlags) load(ctx context.Context) (*llmclickhouseexporter.Config, error) {
	conf, err := resolveConfig(ctx, f.config)
	if err != nil {
		return nil, fmt.Errorf("--config: %w", err)
	}
	key := "exporters::" + f.exporter
	if !conf.IsSet(key) {
		return nil, fmt.Errorf("%s has no exporter %q; name it with --exporter", f.config, f.exporter)
	}
	section, err := conf.Sub(key)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", f.config, key, err)
	}
	cfg := llmclickhouseexporter.NewFactory().CreateDefaultConfig().(*llmclickhouseexporter.Config)
	if err := section.Unmarshal(cfg); err != nil {
		return nil, fmt.Errorf("%s: %s: %w", f.config, key, err)
	}
	if err := confmap.Validate(cfg); err != nil {
		return nil, fmt.Errorf("%s: %s: %w", f.config, key, err)
	}
	return cfg, nil
}

func (f *deadletterFlags) folder(ctx context.Context) (*deadletter.Folder, error) {
	if f.dir != "" {
		return &deadletter.Folder{Dir: f.dir}, nil
	}
	cfg, err := f.load(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w (--dir names the folder without a configuration)", err)
	}
	if cfg.DeadLetter.Directory == "" {
		return nil, fmt.Errorf("%s sets no dead_letter::directory for %s; name the folder with --dir", f.config, f.exporter)
	}
	return &deadletter.Folder{Dir: cfg.DeadLetter.Directory}, nil
}

// resender stores letters through the exporter itself, with its checks for copies and refusals.
type resender struct {
	folder  *deadletter.Folder
	cfg     *llmclickhouseexporter.Config
	keep    bool
	timeout time.Duration
	out     io.Writer
}

func (r *resender) resend(ctx context.Context, names []string) (err error) {
	if len(names) == 0 {
		_, err := fmt.Fprintln(r.out, "Nothing to resend.")
		return err
	}
	store := stores{resender: r}
	defer func() { err = errors.Join(err, store.close(context.WithoutCancel(ctx))) }()
	refused := 0
	for _, name := range names {
		name = filepath.Base(name)
		before, err := r.names()
		if err != nil {
			return err
		}
		items, err := store.store(ctx, name)
		if err != nil {
			return err
		}
		again, err := r.newItems(before)
		if err != nil {
			return err
		}
		refused += again
		if !r.keep {
			if err := r.folder.Remove(name); err != nil {
				return err
			}
		}
		fmt.Fprintf(r.out, "%s: %d stored, %d refused again\n", name, items-again, again)
	}
	if refused > 0 {
		what := "spans"
		if slices.ContainsFunc(names, deadletter.HoldsLogs) {
			what = "spans and log records"
		}
		return fmt.Errorf("%d %s were refused again; they are in new files in %s", refused, what, r.folder.Dir)
	}
	return nil
}

func (r *resender) names() ([]string, error) {
	letters, err := r.folder.List()
	var out []string
	for _, l := range letters {
		out = append(out, l.Name)
	}
	return out, err
}

// newItems counts the spans and log records of letters that were not there before and that this process wrote: a
// collector may use the folder at the same time.
func (r *resender) newItems(before []string) (int, error) {
	letters, err := r.folder.List()
	n := 0
	for _, l := range letters {
		if l.PID == os.Getpid() && !slices.Contains(before, l.Name) {
			n += l.Spans + l.Records
		}
	}
	return n, err
}

type noExtensions struct{}

func (noExtensions) GetExtensions() map[component.ID]component.Component { return nil }

func printJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func printLetters(out io.Writer, dir string, letters []deadletter.Letter) error {
	if len(letters) == 0 {
		_, err := fmt.Fprintf(out, "Nothing was refused: %s is empty.\n", dir)
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TIME\tREASON\tSPANS\tRECORDS\tBYTES\tTENANTS\tFILE")
	spans, records, bytes := 0, 0, int64(0)
	for _, l := range letters {
		spans, records, bytes = spans+l.Spans, records+l.Records, bytes+l.Size
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%s\t%s\n", l.Time.Format(time.RFC3339), l.Reason, l.Spans, l.Records, l.Size, tenantList(l.Tenants), l.Name)
	}
	fmt.Fprintf(w, "\n%d files, %d spans, %d log records, %d bytes in %s\n", len(letters), spans, records, bytes, dir)
	return w.Flush()
}

func tenantList(tenants map[string]int) string {
	var out []string
	for t, n := range tenants {
		out = append(out, fmt.Sprintf("%s:%d", t, n))
	}
	slices.Sort(out)
	return strings.Join(out, ",")
}

func printReason(out io.Writer, l deadletter.Letter) {
	fmt.Fprintf(out, "file    %s\ntime    %s\nreason  %s (code %d)\nerror   %s\n\n", l.Name, l.Time.Format(time.RFC3339), l.Reason, l.Code, l.Error)
}

func printLetter(out io.Writer, l deadletter.Letter, td ptrace.Traces) error {
	printReason(out, l)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TENANT\tPROJECT\tTRACE\tSPAN\tSTART\tNAME")
	for _, rs := range td.ResourceSpans().All() {
		tenant, project := tenancy.FromResource(rs.Resource().Attributes())
		for _, ss := range rs.ScopeSpans().All() {
			for _, s := range ss.Spans().All() {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", tenant, project, s.TraceID(), s.SpanID(), s.StartTimestamp().AsTime().Format(time.RFC3339Nano), s.Name())
			}
		}
	}
	return w.Flush()
}
