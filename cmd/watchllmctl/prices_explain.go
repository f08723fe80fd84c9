package main

import (
	"context"
	"errors"
	"fmt"

	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/watchllm/watchllm/internal/costing"
	"github.com/watchllm/watchllm/internal/pricing"
)

func newPricesExplainCommand(overrides *[]string) *cobra.Command {
	var call callFlags
	var stored storedSpan
	var file string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "explain [trace_id span_id | trace_id:span_id | trace_id]",
		Short: "Show the arithmetic of what a call cost, or would cost",
		Long: `With the ids of a stored span: what was booked for it, every correction since, what is known now, and the sums behind
both. The store and the price files are those of the collector's configuration. With a trace id alone: the calls of that trace,
with their span ids and costs.
With --span: what a span costs before it is sent, from a file of OTLP JSON or from standard input (-).
Else: what a call with the given counts costs. Counts are the canonical ones: --input includes cache reads and writes,
--output includes reasoning. A count that is not given is unknown, which is not the same as zero.`,
		Example: `  watchllmctl prices explain 5b8efff798038103d269b633813fc60c eee19b7ec3c1b174
  watchllmctl prices explain --span span.json
  watchllmctl prices explain --provider anthropic --model claude-opus-4-8 --input 60000 --cache-read 50000 --output 2000
  watchllmctl prices explain --provider openai --model gpt-5.4 --tier priority --input 10000 --output 500 --time 2026-07-15T12:00:00Z`,
		Args: cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, out := cmd.Context(), cmd.OutOrStdout()
			if ctx == nil {
				ctx = context.Background()
			}
			if len(args) > 0 && file != "" {
				return errors.New("give the ids of a stored span or --span, not both")
			}
			stored.tenant = call.Tenant
			trace, whole := traceAlone(args)
			switch {
			case whole:
				calls, err := stored.calls(ctx, trace)
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(out, calls)
				}
				return writeCalls(out, trace, calls)
			case len(args) > 0:
				book, err := stored.store.book(ctx, *overrides)
				if err != nil {
					return err
				}
				account, err := stored.account(ctx, book, args)
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(out, account)
				}
				return account.WriteText(out)
			case file != "":
				book, err := pricing.LoadPaths(*overrides...)
				if err != nil {
					return err
				}
				spans, err := explainFile(cmd.InOrStdin(), file, book, call.Tenant)
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(out, spans)
				}
				return writeSpans(out, spans)
			default:
				if err := call.complete(cmd); err != nil {
					return err
				}
				book, err := pricing.LoadPaths(*overrides...)
				if err != nil {
					return err
				}
				e := costing.Explain(book, &call.Call)
				if asJSON {
					return printJSON(out, &e)
				}
				return e.WriteText(out)
			}
		},
	}
	call.register(cmd)
	stored.register(cmd)
	cmd.Flags().StringVar(&file, "span", "", "file with a span, or several, as OTLP JSON; - reads standard input")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// callFlags are a call as it is described on the command line.
type callFlags struct {
	costing.Call
	when, reported string
}

func (f *callFlags) counts() map[string]*pricing.Count {
	u := &f.Usage
	return map[string]*pricing.Count{
		"input": &u.Input, "output": &u.Output, "cache-read": &u.CacheRead, "cache-write": &u.CacheWrite,
		"cache-write-5m": &u.CacheWrite5m, "cache-write-1h": &u.CacheWrite1h, "reasoning": &u.Reasoning,
		"audio-input": &u.AudioInput, "audio-cache-read": &u.AudioCacheRead, "audio-output": &u.AudioOutput,
		"image-input": &u.ImageInput, "image-output": &u.ImageOutput, "video-input": &u.VideoInput, "citation": &u.Citation,
		"web-searches": &u.WebSearches, "search-units": &u.SearchUnits, "images": &u.Images,
		"pages": &u.Pages, "characters": &u.Characters, "milliseconds": &u.Milliseconds,
	}
}

func (f *callFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.Tenant, "tenant", "", "whose call it is: decides discounts, and which of two spans with the same ids")
	flags.StringVar(&f.Provider, "provider", "", "provider, in any spelling")
	flags.StringVar(&f.RequestModel, "model", "", "model that was asked for")
	flags.StringVar(&f.ResponseModel, "response-model", "", "model that answered, which decides before --model")
	flags.StringVar(&f.Operation, "operation", "", "operation, such as chat or embeddings")
	flags.StringVar(&f.ServerAddress, "host", "", "host the call went to, which decides before --provider")
	flags.StringVar(&f.ServiceTier, "tier", "", "service tier that served the call")
	flags.BoolVar(&f.Batch, "batch", false, "made through a batch API")
	flags.StringVar(&f.Speed, "speed", "", "speed mode, such as fast")
	flags.StringVar(&f.Region, "region", "", "where the call was processed, or the type of an Azure deployment")
	flags.BoolVar(&f.Thinking, "thinking", false, "made in a thinking mode")
	flags.StringVar(&f.SearchContext, "search-context", "", "search context size: low, medium, high")
	flags.StringVar(&f.ImageSize, "image-size", "", "size of the images made, such as 1024x1024")
	flags.StringVar(&f.ImageQuality, "image-quality", "", "quality of the images made, such as hd")
	flags.StringVar(&f.when, "time", "", "time of the call, as 2026-07-15 or 2026-07-15T12:00:00Z (default now)")
	flags.StringVar(&f.reported, "reported", "", "the provider's own bill for the call, in USD")
	for _, name := range slices.Sorted(maps.Keys(f.counts())) {
		flags.Int64(name, 0, "number of "+strings.ReplaceAll(name, "-", " ")+unitNoun(name))
	}
}

// complete takes over what flags alone cannot say: counts that were given, the time, the bill.
func (f *callFlags) complete(cmd *cobra.Command) error {
	f.Time = time.Now()
	if f.when != "" {
		t, err := parseWhen(f.when)
		if err != nil {
			return err
		}
		f.Time = t
	}
	if f.reported != "" {
		a, err := pricing.ParseAmount(f.reported)
		if err != nil {
			return fmt.Errorf("--reported: %w", err)
		}
		f.Reported = pricing.Reported{Amount: a, Authoritative: true}
	}
	for name, count := range f.counts() {
		if !cmd.Flags().Changed(name) {
			continue
		}
		n, err := cmd.Flags().GetInt64(name)
		if err != nil {
			return err
		}
		*count = pricing.KnownCount(n)
	}
	return nil
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
