package main

import (
	"cmp"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/watchllm/watchllm/internal/rerate"
)

// maxPrinted is how many lines a person can be asked to read; JSON has all.
const maxPrinted = 50

// printRerate shows what a run found, or appended; brief after a question that showed it already.
func printRerate(out io.Writer, r *rerateResult, appended, whole bool) error {
	if !appended || whole {
		if err := printDiff(out, r); err != nil {
			return err
		}
	}
	var err error
	switch {
	case appended && r.Corrections == 0:
		_, err = fmt.Fprintln(out, "Nothing differs: nothing was appended.")
	case appended:
		_, err = fmt.Fprintf(out, "\n%d corrections appended as run %s, reason %q.\n", r.Corrections, r.Run, r.Reason)
	case r.Corrections == 0:
		_, err = fmt.Fprintln(out, "Nothing differs.")
	}
	return err
}

func printDiff(out io.Writer, r *rerateResult) error {
	fmt.Fprintf(out, "%d calls from %s to %s, by prices read up to %s and %s.\n",
		r.Calls, r.From.Format(time.RFC3339), r.To.Format(time.RFC3339), r.BookReadOn, correctedBy(r.PriceFiles))
	if r.Corrections == 0 {
		return nil
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nTENANT\tPROVIDER\tMODEL\tCALLS\tNEW\tLOST\tKNOWN\tBY THE BOOK\tDIFFERENCE")
	for i, g := range r.Groups {
		if i == maxPrinted {
			fmt.Fprintf(w, "and %d more (--json shows them)\n", len(r.Groups)-i)
			break
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", printable(g.Tenant), cmp.Or(printable(g.Provider), "-"), cmp.Or(printable(g.Model), "-"), figures(&g.Figures))
	}
	for _, t := range r.Totals {
		fmt.Fprintf(w, "total\t\t\t%s\n", figures(t))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if other := r.Corrections - changed(r.Totals); other > 0 {
		fmt.Fprintf(out, "%d corrections more are of aggregates and duplicates, which are in no total.\n", other)
	}
	if err := printChanges(out, r); err != nil {
		return err
	}
	for _, t := range r.Totals {
		if t.LostPrice > 0 {
			_, err := fmt.Fprintf(out, "\nCalls lose their price, because the book here, with %s, has none for them. "+
				"If the collector has more files, start this with its --config and environment variables.\n", correctedBy(r.PriceFiles))
			return err
		}
	}
	return nil
}

func changed(totals []*rerate.Figures) int {
	n := 0
	for _, t := range totals {
		n += t.Changed
	}
	return n
}

func figures(f *rerate.Figures) string {
	sign := ""
	if f.Difference.Sign() > 0 {
		sign = "+"
	}
	return fmt.Sprintf("%d\t%d\t%d\t%s\t%s\t%s%s %s", f.Changed, f.NewlyPriced, f.LostPrice, f.Before.String(), f.After.String(), sign, f.Difference.String(), f.Currency)
}

func printChanges(out io.Writer, r *rerateResult) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nPRICE BEFORE\tPRICE NOW\tCALLS")
	lines := 0
	for _, g := range r.Groups {
		for _, p := range g.Prices {
			if lines++; lines <= maxPrinted {
				fmt.Fprintf(w, "%s\t%s\t%d\n", cmp.Or(printable(p.Before), "none"), cmp.Or(printable(p.After), "none"), p.Calls)
			}
		}
	}
	fmt.Fprintln(w, "\nFOR EXAMPLE")
	for _, e := range r.Examples {
		fmt.Fprintf(w, "%s %s\t%s\t%s (%s) -> %s (%s)\n", printable(e.Trace), printable(e.Span), printable(e.Model),
			cmp.Or(e.Before, "unknown"), cmp.Or(e.StatusBefore, "not priced"), cmp.Or(e.After, "unknown"), cmp.Or(e.StatusAfter, "not priced"))
	}
	return w.Flush()
}
