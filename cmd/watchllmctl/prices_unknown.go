package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/rerate"
)

// newPricesUnknownCommand takes the price files of --prices, which correct the collector's book.
func newPricesUnknownCommand(prices *[]string) *cobra.Command {
	var store storeFlags
	var selection selectionFlags
	var limit int
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "unknown",
		Short: "List models of stored calls that the price book does not know",
		Long: `Asks today's book, the one that the collector uses, about every model that stored calls name. Shows what it does not know, with
names that look alike, and the beginning of a price file to fill in; and what it has come to know since calls were booked
without a price, which rerate prices.`,
		Example: "  watchllmctl prices unknown --from 2026-11-01",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 {
				return fmt.Errorf("--limit %d: must be at least 1", limit)
			}
			sel, err := selection.parse(time.Now())
			if err != nil {
				return err
			}
			book, err := store.book(cmd.Context(), *prices)
			if err != nil {
				return err
			}
			conn, target, err := store.open(cmd.Context())
			if err != nil {
				return err
			}
			defer conn.Close()
			names, err := (&rerate.ClickHouse{Conn: conn, Target: target}).Names(cmd.Context(), sel)
			if err != nil {
				return err
			}
			u := unknownOf(names, book, sel, limit)
			u.PriceFiles = append(u.PriceFiles, store.files...)
			if asJSON {
				return printJSON(cmd.OutOrStdout(), u)
			}
			return u.print(cmd.OutOrStdout())
		},
	}
	store.register(cmd)
	selection.register(cmd)
	cmd.Flag("from").Usage += " (default 30 days ago)"
	cmd.Flags().IntVar(&limit, "limit", 50, "how many models at most, those of most calls first")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// unknownModels is the answer of prices unknown.
type unknownModels struct {
	From     time.Time      `json:"from"`
	To       time.Time      `json:"to"`
	Unknown  []unknownModel `json:"unknown"`
	KnownNow []rerate.Named `json:"known_now"`
	// More models are unknown than these.
	More     int    `json:"more"`
	Override string `json:"override,omitempty"` // a price file to fill in
	// PriceFiles are those of one's own that correct the book.
	PriceFiles []string `json:"price_files"`
}

type unknownModel struct {
	rerate.Named
	Near []string `json:"near"`
}

func unknownOf(names []rerate.Named, book *pricing.Book, sel rerate.Selection, limit int) *unknownModels {
	unknown, known := rerate.Unknown(names, book)
	u := &unknownModels{From: sel.From, To: sel.To, Unknown: []unknownModel{}, KnownNow: append([]rerate.Named{}, known...), PriceFiles: []string{}}
	if len(unknown) > limit {
		u.More, unknown = len(unknown)-limit, unknown[:limit]
	}
	for _, n := range unknown {
		u.Unknown = append(u.Unknown, unknownModel{n, append([]string{}, book.Suggest(n.Provider, n.Model())...)})
	}
	u.Override = overrideFor(unknown)
	return u
}

func (u *unknownModels) print(out io.Writer) error {
	if len(u.Unknown) == 0 {
		fmt.Fprintf(out, "The price book, with %s, knows every model of the calls from %s to %s.\n", correctedBy(u.PriceFiles),
			u.From.Format(time.RFC3339), u.To.Format(time.RFC3339))
	} else {
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "PROVIDER\tMODEL\tHOST\tCALLS\tINPUT TOKENS\tOUTPUT TOKENS\tFIRST SEEN\tLAST SEEN\tLOOKS LIKE")
		for _, n := range u.Unknown {
			fmt.Fprintf(w, "%s\t%s\n", namedCells(&n.Named), cmp.Or(strings.Join(n.Near, ", "), "-"))
		}
		if u.More > 0 {
			fmt.Fprintf(w, "and %d more (--limit shows them)\n", u.More)
		}
		if err := w.Flush(); err != nil {
			return err
		}
		fmt.Fprintf(out, "\nThe book has %s. To price these models, fill this in, name the file in prices of llm_cost, and run rerate:\n\n%s",
			correctedBy(u.PriceFiles), u.Override)
	}
	if len(u.KnownNow) == 0 {
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nKnown now, with calls that have no price yet:\nPROVIDER\tMODEL\tHOST\tCALLS\tINPUT TOKENS\tOUTPUT TOKENS\tFIRST SEEN\tLAST SEEN\tWITHOUT A PRICE")
	for _, n := range u.KnownNow {
		fmt.Fprintf(w, "%s\t%d\n", namedCells(&n), n.Unknown)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "Run: watchllmctl rerate --from %s\n", u.From.Format(time.RFC3339))
	return err
}

func namedCells(n *rerate.Named) string {
	return fmt.Sprintf("%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s", cmp.Or(printable(n.Provider), "-"), printable(n.Model()), cmp.Or(printable(n.Host), "-"), n.Calls,
		tokens(n.Input), tokens(n.Output), n.First.Format(time.DateOnly), n.Last.Format(time.DateOnly))
}

func tokens(n *uint64) string {
	if n == nil {
		return "unknown"
	}
	return fmt.Sprint(*n)
}

// fillIn stands where a person has to write a price. It is no number, so a file that was not filled in is refused.
const fillIn = "FILL_IN"

// overrideFor is a price file for models, with a document for each provider.
func overrideFor(models []rerate.Named) string {
	byProvider := map[string]map[string]bool{}
	var order []string
	for _, n := range models {
		provider := cmp.Or(n.Provider, fillIn)
		if byProvider[provider] == nil {
			byProvider[provider] = map[string]bool{}
			order = append(order, provider)
		}
		byProvider[provider][n.Model()] = true
	}
	var b strings.Builder
	for i, provider := range order {
		if i > 0 {
			b.WriteString("---\n")
		}
		fmt.Fprintf(&b, "provider: %s\nsource: {page: %s, read: %q}\nmodels:\n", scalar(provider), fillIn, time.Now().UTC().Format(time.DateOnly))
		for _, n := range models {
			if cmp.Or(n.Provider, fillIn) != provider || !byProvider[provider][n.Model()] {
				continue
			}
			byProvider[provider][n.Model()] = false
			fmt.Fprintf(&b, "  %s:\n    prices: [{mtok: {input: %s, output: %s}}]  # USD per million tokens\n", scalar(n.Model()), fillIn, fillIn)
		}
	}
	return b.String()
}

// scalar writes a name as YAML reads it back, whatever a client put into it.
func scalar(s string) string {
	b, err := yaml.Marshal(s)
	if err != nil || strings.Contains(strings.TrimSuffix(string(b), "\n"), "\n") {
		return fmt.Sprintf("%q", s)
	}
	return strings.TrimSuffix(string(b), "\n")
}
