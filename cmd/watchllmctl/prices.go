package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

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
	cmd.AddCommand(newPricesListCommand(open), newPricesExplainCommand(open), newPricesLintCommand(open), newPricesEvalCommand(open),
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

func newPricesExplainCommand(open openBook) *cobra.Command {
	var c pricing.Call
	var when, reported string
	counts := map[string]*pricing.Count{
		"input": &c.Usage.Input, "output": &c.Usage.Output, "cache-read": &c.Usage.CacheRead, "cache-write": &c.Usage.CacheWrite,
		"cache-write-5m": &c.Usage.CacheWrite5m, "cache-write-1h": &c.Usage.CacheWrite1h, "reasoning": &c.Usage.Reasoning,
		"audio-input": &c.Usage.AudioInput, "audio-output": &c.Usage.AudioOutput, "image-input": &c.Usage.ImageInput,
		"image-output": &c.Usage.ImageOutput, "video-input": &c.Usage.VideoInput, "citation": &c.Usage.Citation,
		"web-searches": &c.Usage.WebSearches, "search-units": &c.Usage.SearchUnits, "images": &c.Usage.Images,
		"pages": &c.Usage.Pages, "characters": &c.Usage.Characters, "milliseconds": &c.Usage.Milliseconds,
	}
	cmd := &cobra.Command{
		Use:   "explain",
		Short: "Price a call and show the arithmetic",
		Long: `Counts are the canonical ones: --input includes cache reads and writes, --output includes reasoning.
A count that is not given is unknown, which is not the same as zero.`,
		Example: `  watchllmctl prices explain --provider anthropic --model claude-opus-4-8 --input 60000 --cache-read 50000 --output 2000
  watchllmctl prices explain --provider openai --model gpt-5.4 --tier priority --input 10000 --output 500 --time 2026-07-15T12:00:00Z`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.Time = time.Now()
			if when != "" {
				t, err := parseWhen(when)
				if err != nil {
					return err
				}
				c.Time = t
			}
			if reported != "" {
				a, err := pricing.ParseAmount(reported)
				if err != nil {
					return fmt.Errorf("--reported: %w", err)
				}
				c.Reported = pricing.Reported{Amount: a, Authoritative: true}
			}
			for name, count := range counts {
				if !cmd.Flags().Changed(name) {
					continue
				}
				n, err := cmd.Flags().GetInt64(name)
				if err != nil {
					return err
				}
				*count = pricing.KnownCount(n)
			}
			b, err := open()
			if err != nil {
				return err
			}
			e := b.Explain(&c)
			return printExplanation(cmd.OutOrStdout(), &e)
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.Provider, "provider", "", "provider, in any spelling")
	f.StringVar(&c.RequestModel, "model", "", "model that was asked for")
	f.StringVar(&c.ResponseModel, "response-model", "", "model that answered, which decides before --model")
	f.StringVar(&c.ServerAddress, "host", "", "host the call went to, which decides before --provider")
	f.StringVar(&c.ServiceTier, "tier", "", "service tier that served the call")
	f.BoolVar(&c.Batch, "batch", false, "made through a batch API")
	f.StringVar(&c.Speed, "speed", "", "speed mode, such as fast")
	f.StringVar(&c.Region, "region", "", "where the call was processed, or the type of an Azure deployment")
	f.BoolVar(&c.Thinking, "thinking", false, "made in a thinking mode")
	f.StringVar(&c.SearchContext, "search-context", "", "search context size: low, medium, high")
	f.StringVar(&c.ImageSize, "image-size", "", "size of the images made, such as 1024x1024")
	f.StringVar(&c.ImageQuality, "image-quality", "", "quality of the images made, such as hd")
	f.StringVar(&when, "time", "", "time of the call, as 2026-07-15 or 2026-07-15T12:00:00Z (default now)")
	f.StringVar(&reported, "reported", "", "the provider's own bill for the call, in USD")
	for name := range counts {
		f.Int64(name, 0, "number of "+strings.ReplaceAll(name, "-", " ")+unitNoun(name))
	}
	return cmd
}

func unitNoun(count string) string {
	switch count {
	case "web-searches", "search-units", "images", "pages", "characters", "milliseconds":
		return ""
	default:
		return " tokens"
	}
}

func parseWhen(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("--time %q: a day as 2026-07-15 or a time as 2026-07-15T12:00:00Z", s)
}

func printExplanation(out io.Writer, e *pricing.Explanation) error {
	r := &e.Result
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(what, is string) {
		if is != "" {
			fmt.Fprintf(w, "%s\t%s\n", what, is)
		}
	}
	cost := r.Amount.String()
	if r.Amount.Known {
		cost += " " + r.Currency
	} else {
		cost = "not known"
	}
	line("cost", cost)
	line("status", r.StatusText())
	if r.Assumed != "" && r.Status == pricing.StatusPartial {
		line("assumed", r.Assumed)
	}
	line("without a price", strings.Join(r.Unpriced, ", "))
	if r.Status == pricing.StatusProviderReported {
		line("by this book", r.Computed.String())
	}
	line("record", r.PriceID)
	if e.Model != "" {
		line("matched by", e.MatchedBy)
		valid := "since the model exists"
		if e.From != "" {
			valid = "from " + e.From
		}
		if e.To != "" {
			valid += " to " + e.To + ", exclusive"
		}
		line("valid", valid)
		rates := e.Card
		if e.Band != "" {
			rates += ", " + e.Band
		}
		line("rates", rates)
		line("multiplier", e.Multiplier)
		line("source", r.PriceSource)
		if e.ReadOn != "" {
			line("read", e.ReadOn+" ("+strings.ReplaceAll(e.Confidence, "_", " ")+")")
		}
		line("note", e.Note)
	}
	if err := w.Flush(); err != nil || len(e.Lines) == 0 {
		return err
	}
	fmt.Fprintln(out)
	w = tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "UNIT\tCOUNT\tUSD\tPER\tCOST\t")
	for _, l := range e.Lines {
		fmt.Fprintf(w, "%s\t%d\t%s\t%d\t%s\t\n", l.Unit, l.Count, l.Price, l.Per, l.Cost)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\n%s = %s\n", e.Arithmetic(), r.Computed)
	return err
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
