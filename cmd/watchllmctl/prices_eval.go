package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/pricing/casefile"
)

func newPricesEvalCommand(open openBook) *cobra.Command {
	var file, source string
	cmd := &cobra.Command{
		Use:   "eval",
		Short: "Price a file of cases and print what each came to",
		Long: `Reads one JSON object a line and prints one a line: {id, status, cost_usd, assumed}, cost_usd an exact decimal
string or null. A cost that does not end, such as a second of an hour's price, is given to fifteen decimals; what is booked is rounded
once, to twelve.

A case describes one call in up to three ways: counts in canonical form (normalized), the provider's own usage object (usage_raw
with usage_shape), and the attributes of a span (otel_attributes), which are read as the llm_cost processor reads them. The first of
these that a case has gives the counts, and attributes add what a usage object leaves out; --from takes one alone. Fields that mean
nothing here are ignored.

A line that is no case is reported with its number, the others are priced all the same, and the exit code is 1. Where cases say what
they must come to, those that came to something else are named on the error output and counted; that alone is no error.`,
		Example: `  watchllmctl prices eval --cases cases.jsonl
  watchllmctl prices eval --cases - --from attributes < cases.jsonl`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			from, err := casefile.ParseSource(source)
			if err != nil {
				return fmt.Errorf("--from %w", err)
			}
			in := cmd.InOrStdin()
			if file != "-" {
				f, err := os.Open(file)
				if err != nil {
					return fmt.Errorf("--cases: %w", err)
				}
				defer f.Close()
				in = f
			}
			b, err := open()
			if err != nil {
				return err
			}
			cmd.SilenceUsage = true
			if err := evalCases(in, cmd.OutOrStdout(), cmd.ErrOrStderr(), b, from); err != nil {
				return fmt.Errorf("--cases %s: %w", file, err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&file, "cases", "", "file of cases, one JSON object a line; - reads the standard input")
	cmd.Flags().StringVar(&source, "from", string(casefile.Auto), "description to take the counts from: auto, normalized, usage or attributes")
	_ = cmd.MarkFlagRequired("cases")
	return cmd
}

func evalCases(in io.Reader, out, summary io.Writer, b *pricing.Book, from casefile.Source) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	cases, judged, right, broken := 0, 0, 0, 0
	statuses := map[string]int{}
	for c, err := range casefile.Lines(in) {
		var bad *casefile.LineError
		if errors.As(err, &bad) {
			broken++
			fmt.Fprintln(summary, bad)
			continue
		}
		if err != nil {
			return err
		}
		cases++
		o := evalCase(c, from, b)
		if err := enc.Encode(o); err != nil {
			return err
		}
		statuses[o.Status]++
		if !c.Judged() {
			continue
		}
		judged++
		if c.Passes(&o) {
			right++
			continue
		}
		fmt.Fprintf(summary, "%s: %s, expected %s\n", c.ID, figureText(o.Status, o.Cost), figureText(c.Expected.Status, c.Expected.Cost))
	}
	names := make([]string, 0, len(statuses))
	for s, n := range statuses {
		names = append(names, fmt.Sprintf("%s %d", s, n))
	}
	slices.Sort(names)
	fmt.Fprintf(summary, "%d cases: %s\n", cases, strings.Join(names, ", "))
	if judged > 0 {
		fmt.Fprintf(summary, "%d of %d as expected (%.1f%%)\n", right, judged, 100*float64(right)/float64(judged))
	}
	if broken > 0 {
		return fmt.Errorf("lines that are no case: %d; the others were priced", broken)
	}
	return nil
}

func figureText(status string, cost *casefile.Figure) string {
	if cost == nil {
		return status
	}
	return status + " " + string(*cost)
}
