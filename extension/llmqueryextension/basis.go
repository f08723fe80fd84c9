package llmqueryextension

import (
	"context"
)

// basis says which figure of a call counts: what it cost when it was booked, or what is known by now.
type basis string

const (
	// basisKnown counts the latest correction of a call, and what was booked where there is none.
	basisKnown basis = "known"
	// basisBooked counts what was written with the call, whatever was found out since.
	basisBooked basis = "booked"
)

// basis reads the choice; without one, what is known counts.
func (p *params) basis() basis {
	return basis(p.choice("basis", string(basisKnown), string(basisKnown), string(basisBooked)))
}

// on picks the form of a statement for a basis. Looking calls up in the ledger costs more than the rest of a sum, so a window
// without corrections, where both bases are the same, is read as booked.
func (a *api) on(ctx context.Context, sc scope, b basis, w window, name statement) (statement, error) {
	if b == basisBooked {
		return name, nil
	}
	found, err := selectRows[correctedRow](ctx, a.store, sc, stmtCorrected, w.args())
	if err != nil || len(found) == 0 {
		return name, err
	}
	return name.known(), nil
}

type correctedRow struct {
	Found uint8 `ch:"found"`
}
