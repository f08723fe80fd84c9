package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/pricing/casefile"
)

func newPricesCommand() *cobra.Command {
	var overrides []string
	cmd := &cobra.Command{
		Use:   "prices",
		Short: "List prices and explain what a call costs",
		Long: `The price book comes with the program; prices/README.md describes its files.
A price file of your own, given to the llm_cost processor or here with --prices, corrects it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.PersistentFlags().StringArrayVar(&overrides, "prices", nil, "price file or folder of your own that corrects the built-in book (repeatable)")
	open := func() (*pricing.Book, error) { return pricing.LoadPaths(overrides...) }
	cmd.AddCommand(newPricesListCommand(open), newPricesExplainCommand(&overrides), newPricesLintCommand(open), newPricesEvalCommand(open),
		newPricesUpdateCommand())
	return cmd
}

type openBook func() (*pricing.Book, error)

func newPricesListCommand(open openBook) *cobra.Command {
	var provider, model string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List rates: one line per model, period and condition",
		Example: `  watchllmctl prices list --provider anthropic
  watchllmctl prices list --model gpt-5.4`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b, err := open()
			if err != nil {
				return err
			}
			rows := b.List(provider, model)
			if len(rows) == 0 {
				return fmt.Errorf("no prices for --provider %q --model %q; providers: %s", provider, model, strings.Join(b.ProviderNames(), ", "))
			}
			return printListings(cmd.OutOrStdout(), rows)
		},
	}
	cmd.Flags().StringVar(&provider, "provider", "", "provider, in any spelling")
	cmd.Flags().StringVar(&model, "model", "", "model, in any spelling a client may use")
	return cmd
}

// listedUnits have a column of their own; the others share the last one.
var listedUnits = []string{"input", "cache_read", "cache_write", "cache_write_1h", "output"}

func printListings(out io.Writer, rows []pricing.Listing) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PROVIDER\tMODEL\tFROM\tTO\tRATES\tINPUT\tCACHE READ\tWRITE 5M\tWRITE 1H\tOUTPUT\tOTHER")
	for _, l := range rows {
		card := l.Card
		if l.Band != "" {
			card += ", " + l.Band
		}
		cells := make([]string, len(listedUnits))
		var others []string
		for _, p := range l.Prices {
			if i := slices.Index(listedUnits, p.Unit); i >= 0 {
				cells[i] = p.Amount.String()
			} else {
				others = append(others, fmt.Sprintf("%s %s/%d", p.Unit, p.Amount, p.Per))
			}
		}
		if l.Free {
			cells, others = make([]string, len(listedUnits)), []string{"free"}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.Provider, l.Model, l.From, l.To, card, strings.Join(cells, "\t"), strings.Join(others, ", "))
	}
	fmt.Fprintln(w, "\nUSD per million tokens; other units as written.")
	return w.Flush()
}

func newPricesLintCommand(open openBook) *cobra.Command {
	return &cobra.Command{
		Use:   "lint",
		Short: "Look for figures that are probably slips",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b, err := open()
			if err != nil {
				return err
			}
			findings := b.Lint()
			for _, f := range findings {
				fmt.Fprintln(cmd.OutOrStdout(), f)
			}
			if len(findings) > 0 {
				return fmt.Errorf("%d findings", len(findings))
			}
			return nil
		},
	}
}

func newPricesEvalCommand(open openBook) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "eval",
		Short: "Price a file of cases and print what each came to",
		Long: `Reads one JSON object a line and prints one a line: {id, status, cost_usd, assumed}, cost_usd an exact decimal
string or null. Where the cases say what they must come to, a summary on the error output counts those that do.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f, err := os.Open(file)
			if err != nil {
				return fmt.Errorf("--cases: %w", err)
			}
			defer f.Close()
			cases, err := casefile.Read(f)
			if err != nil {
				return fmt.Errorf("--cases %s: %w", file, err)
			}
			b, err := open()
			if err != nil {
				return err
			}
			return evalCases(cmd.OutOrStdout(), cmd.ErrOrStderr(), b, cases)
		},
	}
	cmd.Flags().StringVar(&file, "cases", "", "file of cases, one JSON object a line")
	_ = cmd.MarkFlagRequired("cases")
	return cmd
}

func evalCases(out, summary io.Writer, b *pricing.Book, cases []casefile.Case) error {
	enc := json.NewEncoder(out)
	judged, right := 0, 0
	statuses := map[string]int{}
	for i := range cases {
		o := cases[i].Run(b)
		if err := enc.Encode(o); err != nil {
			return err
		}
		statuses[o.Status]++
		if cases[i].Expected.Status == "" {
			continue
		}
		judged++
		if cases[i].Passes(&o) {
			right++
		}
	}
	names := make([]string, 0, len(statuses))
	for s, n := range statuses {
		names = append(names, fmt.Sprintf("%s %d", s, n))
	}
	slices.Sort(names)
	_, err := fmt.Fprintf(summary, "%d cases: %s\n", len(cases), strings.Join(names, ", "))
	if err == nil && judged > 0 {
		_, err = fmt.Fprintf(summary, "%d of %d as expected (%.1f%%)\n", right, judged, 100*float64(right)/float64(judged))
	}
	return err
}
