package rerate_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/watchllm/watchllm/internal/costing"
	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/rerate"
)

// callKey is what makes two rows copies of one call.
type callKey struct {
	tenant, trace, span string
	start               int64
}

func keyOf(r *costing.Row) callKey { return callKey{r.Tenant, r.TraceID, r.SpanID, r.Start.UnixNano()} }

// entry is one row of the ledger as a reader sees it.
type entry struct {
	revision      uint32
	before, after rerate.State
}

// memory is a store that keeps all copies of rows, and of entries, and shows the last of each, as the tables do.
type memory struct {
	rows   map[callKey][]costing.Row
	ledger map[callKey]map[uint32]entry
	// between is called before each row that is given out and before each append: the place of what happens at the same time.
	between func()
	// fails says after how many entries an append breaks off; negative never.
	fails func(entries int) int
}

var errCrash = errors.New("crash")

func newMemory() *memory {
	return &memory{
		rows: map[callKey][]costing.Row{}, ledger: map[callKey]map[uint32]entry{},
		between: func() {}, fails: func(int) int { return -1 },
	}
}

func (m *memory) put(r costing.Row) { m.rows[keyOf(&r)] = append(m.rows[keyOf(&r)], r) }

// booked is the row as FINAL shows it.
func (m *memory) booked(k callKey) costing.Row { return m.rows[k][len(m.rows[k])-1] }

// known is the row with what the ledger says, as the view shows it.
func (m *memory) known(k callKey) *rerate.Call {
	c := &rerate.Call{Row: m.booked(k)}
	c.BookedStatus = c.Status
	for _, e := range m.ledger[k] {
		if e.revision > c.Revision {
			c.Revision = e.revision
			book(&c.Row, e.after)
		}
	}
	return c
}

func (m *memory) keys() []callKey {
	return slices.SortedFunc(maps.Keys(m.rows), func(a, b callKey) int {
		return strings.Compare(a.tenant+a.trace+a.span, b.tenant+b.trace+b.span)
	})
}

// Calls shows the store as it is when it begins, like a statement does.
func (m *memory) Calls(_ context.Context, s rerate.Selection, each func(*rerate.Call) error) error {
	var snapshot []*rerate.Call
	for _, k := range m.keys() {
		if c := m.known(k); covers(&s, &c.Row) {
			snapshot = append(snapshot, c)
		}
	}
	for _, c := range snapshot {
		m.between()
		if err := each(c); err != nil {
			return err
		}
	}
	return nil
}

func covers(s *rerate.Selection, r *costing.Row) bool {
	return !r.Start.Before(s.From) && r.Start.Before(s.To) && r.UsageRole != "none" &&
		(s.Tenant == "" || s.Tenant == r.Tenant) && (s.Model == "" || s.Model == r.RequestModel || s.Model == r.ResponseModel)
}

// Append stores a part of the batch when it is told to break off.
func (m *memory) Append(_ context.Context, _ rerate.Entry, batch []rerate.Adjustment) error {
	m.between()
	stored := len(batch)
	broken := m.fails(len(batch))
	if broken >= 0 {
		stored = min(stored, broken)
	}
	for _, a := range batch[:stored] {
		k := keyOf(&a.Call.Row)
		if m.ledger[k] == nil {
			m.ledger[k] = map[uint32]entry{}
		}
		m.ledger[k][a.Revision] = entry{a.Revision, a.Before, a.After}
	}
	if broken >= 0 {
		return errCrash
	}
	return nil
}

// book writes a cost into a row, as llm_cost and the exporter do.
func book(r *costing.Row, s rerate.State) {
	r.Cost, r.CostComputed = text(s.Cost), text(s.Computed)
	r.Currency, r.Status, r.PriceID, r.PriceSource, r.EffectiveFrom, r.Unpriced = s.Currency, s.Status, s.PriceID, s.PriceSource, s.EffectiveFrom, s.Unpriced
}

func text(a pricing.Amount) *string {
	if !a.Known {
		return nil
	}
	t := a.String()
	return &t
}
