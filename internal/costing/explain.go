package costing

import (
	"cmp"
	"math/big"
	"strconv"
	"strings"

	"github.com/watchllm/watchllm/internal/pricing"
)

// Book prices calls and shows how. *pricing.Book is one.
type Book interface {
	Pricer
	Explain(c *pricing.Call) pricing.Explanation
}

// How an amount was come by.
const (
	FromBook = "book" // counts times the prices of the book in use
	FromBill = "bill" // the provider's own bill, which counts before any price list
	FromRow  = "row"  // what the row keeps: the book in use has not, or no longer, the price that was used
	FromNone = "none" // there is no amount
)

// Explanation says why an amount is what it is, so that a person can check it. Amounts and prices are exact decimal strings in USD;
// what is not known, or does not apply, is null.
type Explanation struct {
	Amount   *string `json:"amount"`
	Currency *string `json:"currency"`
	Status   *string `json:"status"`
	From     string  `json:"from"`
	// Says is what there is to say about the amount as a whole, in sentences.
	Says []string `json:"says"`

	Provider  *string `json:"provider"`
	Model     *string `json:"model"`
	MatchedBy *string `json:"matched_by"`
	PriceID   *string `json:"price_id"`
	// Rates are the record's rates that count for the call: "standard", "batch". Band is the band of prompt lengths, null for the first.
	Rates      *string `json:"rates"`
	Band       *string `json:"band"`
	ValidFrom  *string `json:"valid_from"`
	ValidTo    *string `json:"valid_to"`
	Source     *string `json:"source"`
	ReadOn     *string `json:"read_on"`
	Confidence *string `json:"confidence"`
	Note       *string `json:"note"`

	Lines       []Line       `json:"lines"`
	Multipliers []Multiplier `json:"multipliers"`
	Assumptions []Assumption `json:"assumptions"`
	Unpriced    []string     `json:"unpriced"`
	// Arithmetic is the sum in one line: "(5000*5/1000000 + 2000*25/1000000)*1.1 = 0.0825".
	Arithmetic *string `json:"arithmetic"`
	Bill       *Bill   `json:"bill"`
	// Today is what the book in use says, when the amount is not from it.
	Today *Today `json:"today"`
}

// A Line is one unit of the sum. Price is that of Per units, before multipliers; Amount is with them, rounded to twelve decimals.
type Line struct {
	Unit   string  `json:"unit"`
	Count  *int64  `json:"count"`
	Price  *string `json:"price"`
	Per    *uint64 `json:"per"`
	Amount string  `json:"amount"`
}

// A Multiplier is a factor on what the lines come to: "tokens", or "all" of it.
type Multiplier struct {
	Times string `json:"times"`
	Of    string `json:"of"`
	Why   string `json:"why"`
}

// A Bill is the provider's figure beside the book's. Difference is the bill less the book's, with its sign.
type Bill struct {
	Amount     string  `json:"amount"`
	Computed   *string `json:"computed"`
	Difference *string `json:"difference"`
}

// Today is the same call by the book in use.
type Today struct {
	Amount     *string `json:"amount"`
	Status     string  `json:"status"`
	PriceID    *string `json:"price_id"`
	Arithmetic *string `json:"arithmetic"`
}

// Explain prices a call and says how.
func Explain(b Book, c *Call) Explanation {
	e := b.Explain(&c.Call)
	r := c.Price(b)
	status := r.StatusText()
	out := Explanation{
		Amount: amountText(r.Amount), Currency: orNull(r.Currency), Status: &status, From: FromBook,
		Provider: orNull(e.Provider), Model: orNull(e.Model), MatchedBy: orNull(e.MatchedBy), PriceID: orNull(r.PriceID),
		Rates: orNull(e.Card), Band: orNull(e.Band),
		ValidFrom: orNull(e.From), ValidTo: orNull(e.To), Source: orNull(r.PriceSource), ReadOn: orNull(e.ReadOn),
		Confidence: orNull(strings.ReplaceAll(e.Confidence, "_", " ")), Note: orNull(e.Note),
		Lines: []Line{}, Multipliers: multipliers(&e), Assumptions: assumptions(r.Assumed), Unpriced: texts(r.Unpriced),
	}
	for i := range e.Lines {
		l := &e.Lines[i]
		price, per := l.Price.String(), l.Per
		out.Lines = append(out.Lines, Line{Unit: l.Unit, Count: &l.Count, Price: &price, Per: &per, Amount: l.Cost.String()})
	}
	if r.Computed.Known && (e.Model != "" || r.Status == pricing.StatusLocal) {
		out.Arithmetic = equation(cmp.Or(e.Arithmetic(), "0"), r.Computed)
	}
	if r.Status == pricing.StatusProviderReported {
		out.From, out.Bill = FromBill, bill(r.Amount, r.Computed)
	}
	if out.Amount == nil {
		out.From = FromNone
	}
	out.Says = says(&out, c, "has")
	return out
}

func multipliers(e *pricing.Explanation) []Multiplier {
	out := []Multiplier{}
	if times, why, ok := factor(e.Multiplier); ok {
		out = append(out, Multiplier{Times: times, Of: "tokens", Why: "place of processing: " + strings.ReplaceAll(why, "_", " ")})
	}
	if times, why, ok := factor(e.Tenant); ok {
		out = append(out, Multiplier{Times: times, Of: "all", Why: "agreed price: " + strings.Replace(why, "*", "every tenant", 1)})
	}
	return out
}

// factor splits "1.1 (uplift)".
func factor(text string) (times, why string, ok bool) {
	times, why, ok = strings.Cut(text, " ")
	return times, strings.TrimSuffix(strings.TrimPrefix(why, "("), ")"), ok
}

func bill(billed, computed pricing.Amount) *Bill {
	out := &Bill{Amount: billed.String(), Computed: amountText(computed)}
	if computed.Known {
		out.Difference = amountText(pricing.USD(billed.Pico - computed.Pico))
	}
	return out
}

// equation writes that a sum is an amount, and whether that took a rounding. It is nil when it is not, which no caller's can be.
func equation(sum string, is pricing.Amount) *string {
	exact, ok := evaluate(sum)
	if !ok {
		return nil
	}
	text := sum + " = " + is.String()
	switch stated := ratOf(is); {
	case sum == is.String():
		text = sum
	case exact.Cmp(stated) != 0:
		off := new(big.Rat).Sub(exact, stated)
		if off.Abs(off).Cmp(halfPico) > 0 {
			return nil
		}
		text += ", rounded to twelve decimals"
	}
	return &text
}

var (
	pico     = big.NewInt(1_000_000_000_000)
	halfPico = new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Mul(pico, big.NewInt(2)))
)

func ratOf(a pricing.Amount) *big.Rat { return new(big.Rat).SetFrac(big.NewInt(a.Pico), pico) }

func amountText(a pricing.Amount) *string { return orNull(a.String()) }

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func texts(list []string) []string {
	return append([]string{}, list...)
}

// says puts the status into sentences; the book of today has a price, the one of the row had one.
func says(e *Explanation, c *Call, has string) []string {
	out := []string{}
	say := func(s string) { out = append(out, s) }
	status := ""
	if e.Status != nil {
		status, _, _ = strings.Cut(*e.Status, ":")
	}
	switch pricing.Status(status) {
	case pricing.StatusUnknownModel:
		say("The book " + has + " no price for this call" + asked(c) + ". It does not guess: a price file of your own can give it one.")
	case pricing.StatusNoUsage, pricing.StatusEstimated:
		say("The call came without a count of anything that is charged: what it cost is not known, which is not 0.")
	case pricing.StatusLocal:
		say("The call went to a machine of the user's own, which sends no bill.")
	case pricing.StatusFree:
		say("The provider charges nothing for this model.")
	case pricing.StatusProviderReported:
		say("The provider said what it charged for this call, and that counts before any price list.")
	case pricing.StatusPartial:
		if e.Amount == nil {
			say("The counts are so large that no price can be meant: there is no amount.")
			break
		}
		say("The amount is a lower bound: it leaves out what is listed as unpriced.")
	}
	if c.LowerBound {
		say("The client leaves cached input out of its counts, so that more was billed than is counted here.")
	}
	return out
}

// asked is who the book was asked for.
func asked(c *Call) string {
	var parts []string
	add := func(what, is string) {
		if is != "" {
			parts = append(parts, what+" "+strconv.Quote(is))
		}
	}
	add("provider", c.Provider)
	add("model", cmp.Or(c.ResponseModel, c.RequestModel))
	if c.ResponseModel != "" && c.RequestModel != c.ResponseModel {
		add("requested as", c.RequestModel)
	}
	add("host", c.ServerAddress)
	if len(parts) == 0 {
		return ": nobody said which model it was"
	}
	return " (" + strings.Join(parts, ", ") + ")"
}
