package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A model that the price book did not know is priced afterwards: what was booked stays, the correction is in the ledger, once.
func TestRerate(t *testing.T) {
	i := prepareInstance(t, []string{"acme"})
	prices := filepath.Join(i.dir, "prices")
	if err := os.Mkdir(prices, 0o700); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root(), "collector.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(i.dir, "collector.yaml")
	with := strings.ReplaceAll(string(text), "${env:WATCHLLM_PRICES:-[]}", "["+prices+"]")
	if err := os.WriteFile(config, []byte(with), 0o600); err != nil {
		t.Fatal(err)
	}
	i.args = []string{"--config", config}
	i.start(t)
	i.waitReady(t)

	const model = "e2e-nightjar-7b"
	req := requestOf(3)
	for _, span := range req.Traces().ResourceSpans().At(0).ScopeSpans().At(0).Spans().All() {
		span.Attributes().PutStr("gen_ai.request.model", model)
	}
	if err := i.post("acme", req); err != nil {
		t.Fatal(err)
	}
	within(t, seenLimit, "the calls are stored", func() error { return i.exactly("acme", 3) })
	is := func(what, query, expected string) {
		t.Helper()
		got, err := i.sql(query)
		if err == nil {
			err = want(what, got, expected)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	const booked = "SELECT count(), countIf(cost_status = 'unknown_model'), count(cost) FROM llm_spans FINAL"
	is("what was booked", booked, "3\t3\t0")

	var unknown struct {
		Unknown []struct {
			Model string `json:"request_model"`
			Calls int    `json:"calls"`
		} `json:"unknown"`
		KnownNow []struct {
			Model string `json:"request_model"`
		} `json:"known_now"`
		Override string `json:"override"`
	}
	ctlJSON(t, i, &unknown, "prices", "unknown", "--config", config, "--json")
	if len(unknown.Unknown) != 1 || unknown.Unknown[0].Model != model || unknown.Unknown[0].Calls != 3 {
		t.Fatalf("prices unknown: %+v", unknown)
	}

	// The file to fill in is refused until somebody has.
	own := filepath.Join(prices, "own.yaml")
	since := time.Now().UTC().Add(-time.Hour).Format(time.RFC3339)
	rerate := []string{"rerate", "--config", config, "--from", since}
	if err := os.WriteFile(own, []byte(unknown.Override), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := tryRun(t, i.env, root(), program(t, "watchllmctl"), append(rerate, "--dry-run")...); err == nil || !strings.Contains(out, "own.yaml") {
		t.Fatalf("a price file that was not filled in: %v\n%s", err, out)
	}
	filled := strings.NewReplacer("page: FILL_IN", "page: our contract", "input: FILL_IN", `input: "2"`, "output: FILL_IN", `output: "8"`).Replace(unknown.Override)
	if err := os.WriteFile(own, []byte(filled), 0o600); err != nil {
		t.Fatal(err)
	}

	var r struct {
		Corrections int `json:"corrections"`
		Totals      []struct {
			NewlyPriced int    `json:"newly_priced"`
			Difference  string `json:"difference"`
		} `json:"totals"`
	}
	ctlJSON(t, i, &r, append(rerate, "--dry-run", "--json")...)
	// 1037 input and 211 output tokens, three times.
	if len(r.Totals) != 1 || r.Corrections != 3 || r.Totals[0].NewlyPriced != 3 || r.Totals[0].Difference != "0.011286" {
		t.Fatalf("rerate --dry-run: %+v", r)
	}
	const ledger = "SELECT count() FROM llm_cost_adjustments"
	is("the ledger after a look", ledger, "0")
	if out, err := tryRun(t, i.env, root(), program(t, "watchllmctl"), rerate...); err == nil || !strings.Contains(out, "--yes") {
		t.Fatalf("rerate with nobody to ask: %v\n%s", err, out)
	}
	is("the ledger after a refusal", ledger, "0")

	ctlJSON(t, i, &r, append(rerate, "--yes", "--json", "--reason", "it's in our contract")...)
	is("what was booked", booked, "3\t3\t0")
	is("what is known", "SELECT count(), toString(sum(cost)), max(cost_revision), any(price_id) LIKE 'openai/"+model+"%' FROM llm_spans_known", "3\t0.011286\t1\t1")
	is("booked and differences", `SELECT toString(sum(ifNull(cost_after, 0) - ifNull(cost_before, 0))), any(reason) FROM llm_cost_adjustments FINAL FORMAT TSVRaw`, "0.011286\tit's in our contract")

	i.expectBothBases(t, "acme", "0.011286", "525*2/1000000 + 512*2/1000000 + 211*8/1000000 = 0.003762")

	ctlJSON(t, i, &r, append(rerate, "--yes", "--json")...)
	if r.Corrections != 0 {
		t.Errorf("a second run: %+v", r)
	}
	is("the ledger after a second run", ledger, "3")
	var history struct {
		Runs []struct {
			Calls      int    `json:"calls"`
			Difference string `json:"difference_usd"`
		} `json:"runs"`
	}
	ctlJSON(t, i, &history, "rerate", "history", "--config", config, "--json")
	if len(history.Runs) != 1 || history.Runs[0].Calls != 3 || history.Runs[0].Difference != "0.011286" {
		t.Errorf("rerate history: %+v", history)
	}
	unknown.Unknown = nil
	ctlJSON(t, i, &unknown, "prices", "unknown", "--config", config, "--json")
	if len(unknown.Unknown)+len(unknown.KnownNow) != 0 {
		t.Errorf("prices unknown after rerate: %+v", unknown)
	}
}

// ctlJSON reads what watchllmctl prints.
func ctlJSON(t *testing.T, i *instance, into any, args ...string) {
	t.Helper()
	out := ctl(t, i.env, args...)
	if err := json.Unmarshal([]byte(out), into); err != nil {
		t.Fatal(fmt.Errorf("%v: %w\n%s", args, err, out))
	}
}
