package main

import (
	"bufio"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/watchllm/watchllm/internal/clickhouse"
	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/rerate"
)

// rerateLease lets one re-rating at a time write to a ledger.
const rerateLease = "llm_rerate_lease"

// rerateCommand is what the flags of rerate say.
type rerateCommand struct {
	store     storeFlags
	selection selectionFlags
	prices    []string
	reason    string
	dryRun    bool
	yes       bool
	asJSON    bool

	in       io.Reader
	terminal bool // in is one
	out      io.Writer
	log      io.Writer
}

func newRerateCommand() *cobra.Command {
	var c rerateCommand
	cmd := &cobra.Command{
		Use:   "rerate --from DAY",
		Short: "Price stored calls again, and append what is found to the ledger",
		Long: `Prices the calls of a time again, each at the price that was valid then, by today's price book: the one that comes with
this program, corrected by the files that the collector's configuration gives to llm_cost and by those of --prices.
Shows what differs by tenant and model, and asks. What was booked is never changed: corrections are appended to the
ledger, with the reason and both price records. Running it again finds only what is not corrected yet.`,
		Example: `  watchllmctl rerate --from 2026-11-01 --dry-run
  watchllmctl rerate --from 2026-11-01 --to 2026-11-15 --model gpt-5.4 --reason "price list of 20 November"`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.in, c.out, c.log = cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
			c.terminal = isTerminal(c.in)
			return c.run(cmd.Context())
		},
	}
	c.store.register(cmd)
	c.selection.register(cmd)
	_ = cmd.MarkFlagRequired("from")
	f := cmd.Flags()
	f.StringVar(&c.selection.Project, "project", "", "calls of this project only")
	f.StringVar(&c.selection.Provider, "provider", "", "calls with this gen_ai.provider.name only")
	f.StringVar(&c.selection.Model, "model", "", "calls that asked for this model, or that it answered, only")
	f.StringArrayVar(&c.prices, "prices", nil, "price file or folder that corrects the collector's book (repeatable)")
	f.StringVar(&c.reason, "reason", "", `why, for those who read the ledger, which each tenant does for its calls (default "prices read by" the book's day)`)
	f.BoolVar(&c.dryRun, "dry-run", false, "show what differs and write nothing")
	f.BoolVar(&c.yes, "yes", false, "append without asking")
	f.BoolVar(&c.asJSON, "json", false, "print JSON; with --dry-run or --yes")
	cmd.MarkFlagsMutuallyExclusive("dry-run", "yes")
	cmd.AddCommand(newRerateHistoryCommand())
	return cmd
}

// rerateResult is the JSON of rerate.
type rerateResult struct {
	Run        string    `json:"run,omitempty"` // empty when nothing was appended
	From       time.Time `json:"from"`
	To         time.Time `json:"to"`
	BookReadOn string    `json:"book_read_on"`
	PriceFiles []string  `json:"price_files"` // those of one's own that correct the book
	Reason     string    `json:"reason,omitempty"`
	rerate.Report
}

func (c *rerateCommand) run(ctx context.Context) error {
	switch {
	case c.asJSON && !c.dryRun && !c.yes:
		return errors.New("--json cannot ask: add --dry-run to look, or --yes to append")
	case !c.dryRun && !c.yes && !c.terminal:
		return errors.New("nobody can be asked, because the input is no terminal: add --dry-run to look, or --yes to append")
	}
	sel, err := c.selection.parse(time.Now())
	if err != nil {
		return err
	}
	book, err := c.store.book(ctx, c.prices)
	if err != nil {
		return err
	}
	cfg, err := c.store.client(ctx)
	if err != nil {
		return err
	}
	conn, err := openLedger(ctx, cfg)
	if err != nil {
		return err
	}
	defer conn.Close()
	store := &rerate.ClickHouse{Conn: conn, Target: cfg.Target()}
	result := rerateResult{From: sel.From, To: sel.To, BookReadOn: book.AsOf().Format(time.DateOnly), PriceFiles: append([]string{}, c.store.files...)}
	if !c.yes {
		if result.Report, err = rerate.Run(ctx, store, book, sel, nil); err != nil {
			return err
		}
		if err := c.print(&result, false); err != nil || c.dryRun || result.Corrections == 0 {
			return err
		}
		if agreed, err := c.ask(result.Corrections); err != nil || !agreed {
			return err
		}
	}
	if err := c.append(ctx, cfg, store, book, sel, &result); err != nil {
		return err
	}
	// The lease is back by now: a reader who has gone, as head does, ends the program here.
	return c.print(&result, true)
}

// append does it, alone.
func (c *rerateCommand) append(ctx context.Context, cfg clickhouse.ClientConfig, store *rerate.ClickHouse, book *pricing.Book, sel rerate.Selection, result *rerateResult) (err error) {
	now := time.Now().UTC()
	run := now.Format("20060102T150405Z-") + strings.ToLower(rand.Text()[:6])
	host, _ := os.Hostname()
	if store.Lease, err = cfg.Acquire(ctx, rerateLease, fmt.Sprintf("rerate %s on %s, since %s", run, cmp.Or(host, "unknown"), now.Format(time.RFC3339))); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Lease.Release(ctx)) }()
	reason := cmp.Or(c.reason, "prices read by "+result.BookReadOn)
	result.Run, result.Reason = run, reason
	entry := rerate.Entry{Run: run, Reason: reason, At: now, BookReadOn: book.AsOf()}
	if result.Report, err = rerate.Run(ctx, store, book, sel, &entry); err != nil {
		return fmt.Errorf("%w\nThe ledger is whole as far as it goes: run the same command again, and it finds the rest", err)
	}
	return nil
}

func (c *rerateCommand) print(r *rerateResult, appended bool) error {
	if c.asJSON {
		return printJSON(c.out, r)
	}
	return printRerate(c.out, r, appended, c.yes)
}

// ask wants a plain yes.
func (c *rerateCommand) ask(corrections int) (bool, error) {
	fmt.Fprintf(c.out, "\nAppend %d corrections to the ledger? [y/N] ", corrections)
	answer, err := bufio.NewReader(c.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return true, nil
	}
	_, err = fmt.Fprintln(c.out, "Nothing was appended.")
	return false, err
}
