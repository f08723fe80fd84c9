package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/watchllm/watchllm/internal/rerate"
)

// selectionFlags say which calls.
type selectionFlags struct {
	from, to string
	rerate.Selection
}

func (f *selectionFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", "", "calls that began at this time or later, as 2026-11-01 or 2026-11-01T12:00:00Z; a day is UTC")
	flags.StringVar(&f.to, "to", "", "calls that began before this time (default now)")
	flags.StringVar(&f.Tenant, "tenant", "", "calls of this tenant only")
}

// parse gives the selection, with now for what is not said.
func (f *selectionFlags) parse(now time.Time) (rerate.Selection, error) {
	s := f.Selection
	var err error
	if s.From, err = moment("--from", f.from, now.AddDate(0, 0, -30)); err != nil {
		return s, err
	}
	if s.To, err = moment("--to", f.to, now); err != nil {
		return s, err
	}
	if !s.From.Before(s.To) {
		return s, fmt.Errorf("--from %s: must be before --to, which is %s", s.From.Format(time.RFC3339), s.To.Format(time.RFC3339))
	}
	// A column of nanoseconds ends in 2262.
	if s.From.Year() < 1970 || s.To.Year() > 2261 {
		return s, fmt.Errorf("--from %s --to %s: the store holds times from 1970 to 2261", s.From.Format(time.DateOnly), s.To.Format(time.DateOnly))
	}
	return s, nil
}

func moment(flag, text string, otherwise time.Time) (time.Time, error) {
	if text == "" {
		return otherwise.UTC(), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%s %q: a day as 2026-11-01 or a time as 2026-11-01T12:00:00Z", flag, text)
}
