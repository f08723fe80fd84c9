package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/watchllm/watchllm/internal/rerate"
)

func newRerateHistoryCommand() *cobra.Command {
	var store storeFlags
	var limit int
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "history",
		Short: "List past re-ratings, the last one first",
		Long: `Lists what the ledger keeps of each run: when, why, and what it changed in totals. A correction is deleted with its call, so
a run's figures shrink as its calls come to the end of their retention.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 {
				return fmt.Errorf("--limit %d: must be at least 1", limit)
			}
			conn, target, err := store.open(cmd.Context())
			if err != nil {
				return err
			}
			defer conn.Close()
			runs, err := (&rerate.ClickHouse{Conn: conn, Target: target}).History(cmd.Context(), limit)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]any{"runs": append([]rerate.PastRun{}, runs...)})
			}
			return printHistory(cmd.OutOrStdout(), runs)
		},
	}
	store.register(cmd)
	cmd.Flags().IntVar(&limit, "limit", 50, "how many runs at most")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func printHistory(out io.Writer, runs []rerate.PastRun) error {
	if len(runs) == 0 {
		_, err := fmt.Fprintln(out, "The ledger is empty: nothing was ever re-rated.")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RUN\tAT\tCALLS\tNEW\tLOST\tDIFFERENCE USD\tCALLS FROM\tTO\tPRICES READ BY\tREASON")
	for _, r := range runs {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%s\t%s\t%s\t%s\t%s\n", r.Run, r.At.Format(time.RFC3339), r.Calls, r.NewlyPriced, r.LostPrice, r.Difference,
			r.First.Format(time.RFC3339), r.Last.Format(time.RFC3339), r.BookReadOn.Format(time.DateOnly), printable(r.Reason))
	}
	return w.Flush()
}
