package settling

import (
	"context"
	"errors"
	"time"

	"github.com/watchllm/watchllm/internal/genai"
)

// Store is where the facts are read from and corrections appended to.
type Store interface {
	// Bounds widens the looks by what the store knows of their traces.
	Bounds(ctx context.Context, looks []Look) error
	// Facts calls each for every span of the traces, as it stands now. It fails with ErrTooMany rather than read more than limit.
	Facts(ctx context.Context, looks []Look, limit int, each func(*Row)) error
	// SameResponse and SameWindow call each for rows of calls that may be the same call as one of those asked about, and for others.
	SameResponse(ctx context.Context, q ResponseQuery, limit int, each func(*Match)) error
	SameWindow(ctx context.Context, q TokenQuery, limit int, each func(*Match)) error
	// Append stores a corrected copy of each row that is still as it was read.
	Append(ctx context.Context, corrections []Correction) error
	// Arrived lists traces with usage that arrived in the range, after r.After and in its order.
	Arrived(ctx context.Context, r Range, limit int) ([]Found, error)
	// Newest is when the last row arrived, of those that began in the last days; zero when there is none.
	Newest(ctx context.Context) (time.Time, error)
	// Sources calls each for every source from which calls of a service arrived since, without further facts of the calls.
	Sources(ctx context.Context, since time.Time, each func(*genai.Fact)) error
}

// ErrTooMany says that a question has more answers than may be read at once.
var ErrTooMany = errors.New("more rows than are read at once")

// Row is one stored span: what settling needs to know of it, and what its row says now.
type Row struct {
	genai.Fact
	Before Before
}

// Before is the verdict that a row holds.
type Before struct {
	UsageRole, Reason, CountedBy string
	// Flagged is set when the row says that its usage is a sum.
	Flagged bool
	// Ingested tells copies of one row apart, in milliseconds.
	Ingested int64
}

// ResponseQuery asks for calls by the provider's id of the answer, at most Crowd of each.
type ResponseQuery struct {
	Tenants, IDs []string
	Windows      []Window
}

// TokenQuery asks for calls of the services that were going on within the windows and have the given counts, or none. Of the silent
// services it asks for all of them.
type TokenQuery struct {
	Tenants, Services, Silent []string
	Counts                    []Counts
	Windows                   []Window
}

// Counts are the input and output tokens of a call.
type Counts struct{ Input, Output int64 }

// Match is a call that a query found; its verdict and what is handed down are not read.
type Match struct{ genai.Fact }
