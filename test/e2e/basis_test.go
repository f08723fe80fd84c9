package e2e

import (
	"fmt"
	"testing"
)

// expectBothBases asks the query API for calls that were booked without a cost and priced by a correction since.
func (i *instance) expectBothBases(t *testing.T, tenant, known, arithmetic string) {
	t.Helper()
	for basis, expected := range map[string]string{"known": known, "booked": "null"} {
		var total struct {
			Basis string
			Cost  struct{ Amount *string }
		}
		if _, err := i.get(i.keys[tenant], "/api/v1/stats/overview?basis="+basis, &total); err != nil {
			t.Fatal(err)
		}
		amount := "null"
		if total.Cost.Amount != nil {
			amount = *total.Cost.Amount
		}
		if total.Basis != basis || amount != expected {
			t.Errorf("overview as %s: %s as %s, not %s", basis, amount, total.Basis, expected)
		}
	}
	ids, err := i.sql("SELECT trace_id, span_id FROM llm_spans FINAL LIMIT 1")
	if err != nil {
		t.Fatal(err)
	}
	var trace, span string
	if _, err := fmt.Sscan(ids, &trace, &span); err != nil {
		t.Fatal(err)
	}
	// The API follows the price files by itself, a little later than a command that reads them.
	within(t, lateLimit, "the correction is explained by the file that made it", func() error {
		var account struct {
			Corrections []struct{ Reason string }
			Explanation struct {
				Known struct{ From, Arithmetic string }
			}
		}
		if _, err := i.get(i.keys[tenant], "/api/v1/spans/"+trace+"/"+span+"/cost", &account); err != nil {
			return err
		}
		if known := account.Explanation.Known; len(account.Corrections) != 1 || known.From != "book" || known.Arithmetic != arithmetic {
			return fmt.Errorf("the account is %+v", account)
		}
		return nil
	})
}
