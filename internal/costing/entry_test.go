package costing

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/watchllm/watchllm/internal/genai"
	"github.com/watchllm/watchllm/internal/pricing"
	"github.com/watchllm/watchllm/internal/semconv"
)

// A clock that was never set is no time, as a span and as a row: the first price of a model is no answer to it.
func TestACallWithoutATimeHasThePriceOfTheBooksDay(t *testing.T) {
	book := bookOf(t, "provider: acme\nmodels:\n  m: {prices: [{mtok: {input: 7, output: 7}, to: 2023-01-01}, {from: 2023-01-01, mtok: {input: 1, output: 1}}]}\n")
	for when, want := range map[time.Time]string{
		{}:               "assumed:time 0.000007",
		time.Unix(0, 0):  "assumed:time 0.000007",
		time.Unix(90, 1): "assumed:time 0.000007",
		time.Date(2019, 12, 31, 23, 59, 0, 0, time.UTC): "assumed:time 0.000007",
		time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC):     "exact 0.000049",
		time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC):     "exact 0.000007",
	} {
		call := genai.Call{Role: semconv.RoleLLM, Provider: "acme", RequestModel: "m"}
		call.Usage.Input, call.Usage.Output = genai.Count{N: 4, Known: true}, genai.Count{N: 3, Known: true}
		input, output := uint64(4), uint64(3)
		row := Row{Role: semconv.RoleLLM, Provider: "acme", RequestModel: "m", Start: when, Input: &input, Output: &output}
		of, stored := Of(&call, "", when), row.Call()
		for _, c := range []*Call{&of, &stored} {
			r := c.Price(book)
			assert.Equal(t, want, r.StatusText()+" "+r.Amount.String(), when)
		}
	}
}

// Only what counts apart from tokens makes up for tokens that were not counted.
func TestMetersStandForTokensThatAreNotCounted(t *testing.T) {
	for name, tc := range map[string]struct {
		usage pricing.Usage
		known bool
	}{
		"pages":        {pricing.Usage{Pages: pricing.KnownCount(1)}, true},
		"images":       {pricing.Usage{Images: pricing.KnownCount(1)}, true},
		"characters":   {pricing.Usage{Characters: pricing.KnownCount(1)}, true},
		"seconds":      {pricing.Usage{Milliseconds: pricing.KnownCount(1)}, true},
		"search units": {pricing.Usage{SearchUnits: pricing.KnownCount(1)}, true},
		"searches":     {pricing.Usage{WebSearches: pricing.KnownCount(1)}, false},
		"no pages":     {pricing.Usage{Pages: pricing.KnownCount(0)}, false},
		"nothing":      {pricing.Usage{}, false},
	} {
		c := Call{Call: pricing.Call{Usage: tc.usage}}
		asked := c.asked()
		assert.Equal(t, tc.known, asked.Usage.Input.Known && asked.Usage.Output.Known, name)
		assert.Equal(t, tc.usage, c.Usage, "the call itself stays what it is")
	}
}

// An embedding and a rerank have no output to count; what answers in words has.
func TestNoOutputIsDueOfWhatHasNone(t *testing.T) {
	input := uint64(10)
	for role, want := range map[string]bool{semconv.RoleEmbedding: true, semconv.RoleRerank: true, semconv.RoleLLM: false} {
		call := genai.Call{Role: role, Usage: genai.Usage{Input: genai.Count{N: 10, Known: true}}}
		of, row := Of(&call, "", time.Now()), Row{Role: role, Input: &input}
		stored := row.Call()
		assert.Equal(t, want, of.Usage.Output.Known, role)
		assert.Equal(t, want, stored.Usage.Output.Known, role)
		call.Usage.Input = genai.Count{}
		of = Of(&call, "", time.Now())
		assert.False(t, of.Usage.Output.Known, "nothing is known of %s", role)
	}
}

// What leaves billed input out is a lower bound, whatever else had to be assumed; what has no amount stays what it is.
func TestALowerBoundIsPartial(t *testing.T) {
	for _, status := range []pricing.Status{pricing.StatusExact, pricing.StatusAssumed} {
		r := (&Call{LowerBound: true}).Price(pricer(status))
		assert.Equal(t, pricing.StatusPartial, r.Status, status)
		assert.Equal(t, []string{"input"}, r.Unpriced)
	}
	for _, status := range []pricing.Status{
		pricing.StatusNoUsage, pricing.StatusProviderReported, pricing.StatusFree, pricing.StatusLocal, pricing.StatusPartial,
	} {
		assert.Equal(t, status, (&Call{LowerBound: true}).Price(pricer(status)).Status)
	}
}

// Counts beyond any price are no lower bound of anything.
func TestCountsBeyondAnyPriceAreExplained(t *testing.T) {
	book := bookOf(t, "provider: acme\nmodels:\n  m: {prices: [{mtok: {input: 1, output: 1}}]}\n")
	call := &Call{Call: pricing.Call{Provider: "acme", RequestModel: "m", Usage: pricing.Usage{
		Input: pricing.KnownCount(1 << 53), Output: pricing.KnownCount(1 << 53),
	}}}
	e := Explain(book, call)
	assert.Nil(t, e.Amount)
	assert.Equal(t, []string{"overflow"}, e.Unpriced)
	assert.Equal(t, []string{"The counts are so large that no price can be meant: there is no amount."}, e.Says)
}

// A pricer finds each call to have its status.
type pricer pricing.Status

func (p pricer) Price(*pricing.Call) pricing.Result { return pricing.Result{Status: pricing.Status(p)} }
