package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/watchllm/watchllm/internal/pricing"
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
		newPricesUpdateCommand(), newPricesUnknownCommand(&overrides))
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
