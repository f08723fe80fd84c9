package rerate

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/watchllm/watchllm/internal/costing"
)

// Selection says which calls are priced again.
type Selection struct {
	From, To time.Time // by start_time, To exclusive
	// Empty means all.
	Tenant, Project, Provider string
	// Model is the one that answered or the one asked for.
	Model string
}

// A Store holds calls and their ledger.
type Store interface {
	// Calls gives every row of a selection that has or could have a price, with what is known of its cost. A call that arrives meanwhile
	// may be left out. The row is the receiver's to keep.
	Calls(ctx context.Context, s Selection, each func(*Call) error) error
	// Append adds entries to the ledger. The same call and revision again, from whomever, is one entry.
	Append(ctx context.Context, e Entry, batch []Adjustment) error
}

// Entry is what all corrections of one run have in common.
type Entry struct {
	Run    string
	Reason string
	At     time.Time
	// BookReadOn is the newest day on which a price of the book was read.
	BookReadOn time.Time
	// Batch is how many corrections are appended at once; 0 is the default.
	Batch int
}

// A Report is what a run did.
type Report struct {
	// Rows were looked at; Calls of them are in totals.
	Rows  int `json:"rows"`
	Calls int `json:"calls"`
	// Corrections were found, or appended when the run appends; they cover rows that are in no total, too.
	Corrections int `json:"corrections"`
	*Diff
}

// batchRows is how many corrections are appended at once: about 10 MB, and few parts for the store to merge.
const batchRows = 20_000

// Run prices the calls of a selection again. With an Entry it appends the corrections, else it only looks. What was appended before an
// error stays; a second run finds the rest and nothing else.
func Run(ctx context.Context, store Store, p costing.Pricer, s Selection, e *Entry) (Report, error) {
	r := Report{Diff: newDiff()}
	var batch []Adjustment
	most := batchRows
	if e != nil {
		most = cmp.Or(e.Batch, batchRows)
	}
	flush := func() error {
		if e == nil || len(batch) == 0 {
			return nil
		}
		if err := store.Append(ctx, *e, batch); err != nil {
			return fmt.Errorf("append %d corrections: %w", len(batch), err)
		}
		batch = batch[:0]
		return nil
	}
	err := store.Calls(ctx, s, func(c *Call) error {
		r.Rows++
		if c.Counts() {
			r.Calls++
		}
		a, changed := Decide(c, p)
		if !changed {
			return nil
		}
		r.Corrections++
		if c.Counts() {
			r.add(&a)
		}
		if e == nil {
			return nil
		}
		if batch = append(batch, a); len(batch) < most {
			return nil
		}
		return flush()
	})
	if err == nil {
		err = flush()
	}
	r.close()
	return r, err
}
