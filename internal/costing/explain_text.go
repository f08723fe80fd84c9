package costing

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// WriteText writes the explanation for a person at a terminal.
func (e *Explanation) WriteText(out io.Writer) error {
	var b bytes.Buffer
	e.facts(&b)
	if len(e.Lines) > 0 {
		fmt.Fprintln(&b)
		w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(w, "UNIT\tCOUNT\tUSD\tPER\tCOST\t")
		for _, l := range e.Lines {
			count, per := "", ""
			if l.Count != nil {
				count = strconv.FormatInt(*l.Count, 10)
			}
			if l.Per != nil {
				per = strconv.FormatUint(*l.Per, 10)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t\n", l.Unit, count, text(l.Price), per, l.Amount)
		}
		_ = w.Flush() // into memory
	}
	if e.Arithmetic != nil {
		fmt.Fprintf(&b, "\n%s\n", *e.Arithmetic)
	}
	_, err := b.WriteTo(out)
	return err
}

func (e *Explanation) facts(b *bytes.Buffer) {
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	line := func(what, is string) {
		if is != "" {
			fmt.Fprintf(w, "%s\t%s\n", what, is)
		}
	}
	line("cost", money(e.Amount, e.Currency))
	line("status", text(e.Status))
	line("without a price", strings.Join(e.Unpriced, ", "))
	if e.Bill != nil {
		line("by the book", text(e.Bill.Computed))
		line("bill less book", text(e.Bill.Difference))
	}
	line("record", text(e.PriceID))
	line("model", text(e.Model))
	line("matched by", text(e.MatchedBy))
	if e.Model != nil || e.ValidFrom != nil {
		valid := "since the model exists"
		if e.ValidFrom != nil {
			valid = "from " + *e.ValidFrom
		}
		if e.ValidTo != nil {
			valid += " to " + *e.ValidTo + ", exclusive"
		}
		line("valid", valid)
	}
	if e.Rates != nil {
		rates := *e.Rates
		if e.Band != nil {
			rates += ", " + *e.Band
		}
		line("rates", rates)
	}
	for _, m := range e.Multipliers {
		line("multiplier", m.Times+" on "+m.Of+" ("+m.Why+")")
	}
	line("source", text(e.Source))
	if e.ReadOn != nil {
		line("read", *e.ReadOn+" ("+text(e.Confidence)+")")
	}
	line("note", text(e.Note))
	for _, a := range e.Assumptions {
		line("assumed", a.Assumed)
		line("exact if", a.ExactIf)
	}
	for _, s := range e.Says {
		line("says", s)
	}
	if t := e.Today; t != nil {
		today := money(t.Amount, nil)
		if t.Amount != nil {
			today += " USD"
		}
		line("today", today+", "+t.Status)
		line("today's record", text(t.PriceID))
		line("today's sum", text(t.Arithmetic))
	}
	_ = w.Flush() // into memory
}

// WriteText writes the account for a person at a terminal: booked, corrections, known.
func (a *Account) WriteText(out io.Writer) error {
	var b bytes.Buffer
	role := ""
	if a.UsageRole != nil && *a.UsageRole != "call" {
		role = ", " + *a.UsageRole + ": counts in no total"
	}
	fmt.Fprintf(&b, "span %s:%s of %s%s\n\nBOOKED\n", a.TraceID, a.SpanID, a.Start.UTC().Format(time.RFC3339Nano), role)
	if err := a.Explanation.Booked.WriteText(&b); err != nil {
		return err
	}
	if len(a.Corrections) == 0 {
		fmt.Fprint(&b, "\nNever corrected: this is what is known.\n")
		_, err := b.WriteTo(out)
		return err
	}
	fmt.Fprint(&b, "\nCORRECTIONS\n")
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NUMBER\tWHEN\tFROM\tTO\tSTATUS\tPRICE\tRUN\tREASON")
	for _, r := range a.Corrections {
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Revision, r.At.Format(time.RFC3339),
			money(r.Before.Amount, r.Before.Currency), money(r.After.Amount, r.After.Currency),
			change(r.Before.Status, r.After.Status), change(r.Before.PriceID, r.After.PriceID), text(r.Run), text(r.Reason))
	}
	_ = w.Flush() // into memory
	fmt.Fprint(&b, "\nKNOWN\n")
	if err := a.Explanation.Known.WriteText(&b); err != nil {
		return err
	}
	_, err := b.WriteTo(out)
	return err
}

func change(before, after *string) string {
	if text(before) == text(after) {
		return text(after)
	}
	show := func(s *string) string {
		if s == nil {
			return "none"
		}
		return *s
	}
	return show(before) + " -> " + show(after)
}

func money(amount, currency *string) string {
	switch {
	case amount == nil:
		return "not known"
	case currency == nil:
		return *amount
	}
	return *amount + " " + *currency
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
