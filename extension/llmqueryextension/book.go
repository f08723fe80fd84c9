package llmqueryextension

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/pricing/live"
)

// priceBook is the book that amounts are explained by.
type priceBook struct {
	live *live.Prices
	// files are the user's own, as configured.
	files []string
	size  atomic.Pointer[bookSize]
}

func (p *priceBook) book() *pricing.Book { return p.live.Book() }

// shownTo is the book as a tenant may read it. Price files of one's own name models and rates that were made for somebody: where there
// are several tenants each sees the built-in prices here, and what its own calls cost in their explanations.
func (p *priceBook) shownTo(sc scope) (*pricing.Book, error) {
	if sc.alone() || len(p.files) == 0 {
		return p.book(), nil
	}
	return builtInBook()
}

var builtInBook = sync.OnceValues(pricing.Default)

// bookSize is what a book holds, counted once for each.
type bookSize struct {
	of                *pricing.Book
	providers, models int
}

func (p *priceBook) sizeOf(b *pricing.Book) *bookSize {
	if s := p.size.Load(); s != nil && s.of == b {
		return s
	}
	s := &bookSize{of: b}
	providers, models := map[string]struct{}{}, map[string]struct{}{}
	for _, l := range b.List("", "") {
		providers[l.Provider] = struct{}{}
		models[l.Provider+"/"+l.Model] = struct{}{}
	}
	s.providers, s.models = len(providers), len(models)
	p.size.Store(s)
	return s
}

// bookFacts is the body of /api/v1/prices/book.
type bookFacts struct {
	// ReadOn is the newest day on which a price of the built-in book was read, AgeDays how long ago that is.
	ReadOn    string `json:"read_on"`
	AgeDays   int    `json:"age_days"`
	Providers int    `json:"providers"`
	Models    int    `json:"models"`
	// Overrides are how many price files or folders of one's own correct the book; Files names them.
	Overrides int       `json:"overrides"`
	Files     []string  `json:"files"`
	LoadedAt  time.Time `json:"loaded_at"`
	// RefusedAt is since when the files as they are now are refused, null when they are in use; Refused says why.
	RefusedAt *time.Time `json:"refused_at"`
	Refused   *string    `json:"refused"`
}

func (a *api) bookFacts(_ context.Context, sc scope, p *params, _ *http.Request) (any, error) {
	if err := p.err(); err != nil {
		return nil, err
	}
	book, state := a.prices.book(), a.prices.live.State()
	size := a.prices.sizeOf(book)
	out := &bookFacts{
		ReadOn: book.ReadOn().Format(time.DateOnly), AgeDays: int(book.Age(a.now()) / day),
		Providers: size.providers, Models: size.models, Overrides: len(a.prices.files), LoadedAt: state.Loaded.UTC(),
	}
	if state.Refused != nil {
		at := state.RefusedAt.UTC()
		out.RefusedAt = &at
	}
	// Names and faults of files may name other tenants, whose prices are their own affair: where there are several, only the log has them.
	if sc.alone() {
		out.Files = list(a.prices.files)
		if state.Refused != nil {
			text := state.Refused.Error()
			out.Refused = &text
		}
	}
	return out, nil
}
