package event

import (
	"strconv"
	"strings"

	"github.com/watchllm/watchllm/internal/semconv"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

var costTable = NewTable(nil,
	F("amount|total", func(r *Reader, v jsontree.Value) { r.PutCost(v, false) }),
	F("currency", func(r *Reader, v jsontree.Value) {
		code, ok := r.Text(v)
		if !ok {
			return
		}
		if code = strings.ToUpper(code); len(code) != 3 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			r.Reject(CodeInvalidCost, "must be an ISO 4217 code such as USD, is %s", show(v))
			return
		}
		r.PutStr(semconv.GenAIUsageCostCurrency, code)
	}),
	F("input", money(nativePrefix+"cost.input")),
	F("output", money(nativePrefix+"cost.output")),
	F("source", Text(nativePrefix+"cost.source")),
)

// CostTable are the fields of a cost.
func CostTable() Table { return costTable }

// ReadCost reads a cost: an object with amount and currency, or the amount alone in USD.
func ReadCost(r *Reader, v jsontree.Value) {
	if v.Kind() == jsontree.Object {
		costTable.Read(r, v, KeepUnder("cost"))
		return
	}
	r.PutCost(v, false)
}

// PutCost stores a reported amount exactly. With zeroIsUnknown a cost of 0 says nothing: old clients send it for want of a price.
func (r *Reader) PutCost(v jsontree.Value, zeroIsUnknown bool) {
	text, ok := r.money(v)
	if !ok || zeroIsUnknown && strings.Trim(text, "0.") == "" {
		return
	}
	r.PutStr(semconv.WatchLLMCostReported, text)
	if _, ok := r.Record.Attrs.Get(semconv.GenAIUsageCostCurrency); !ok {
		r.PutStr(semconv.GenAIUsageCostCurrency, "USD")
	}
}

func money(attr string) Field {
	return func(r *Reader, v jsontree.Value) {
		if text, ok := r.money(v); ok {
			r.PutStr(attr, text)
		}
	}
}

// money reads an amount, written as number or text, into a plain decimal of the same digits.
func (r *Reader) money(v jsontree.Value) (string, bool) {
	text := strings.TrimSpace(v.Text())
	if v.Kind() == jsontree.Number {
		text = string(v.Raw())
	}
	const most = 1e9 // beyond that it is no cost of a call
	f, err := strconv.ParseFloat(text, 64)
	if err == nil && f >= 0 && f <= most && isDecimal(text) {
		if plain, ok := plainDecimal(text); ok {
			return plain, true
		}
	}
	r.Reject(CodeInvalidCost, "must be an amount of money that is not negative, is %s", show(v))
	return "", false
}

// maxShift is how far an exponent may move the point of an amount: beyond it is a mistake, not money.
const maxShift = 64

// plainDecimal writes a number that may have a sign and an exponent without either, exactly; ok is false when that would take too
// many zeros.
func plainDecimal(s string) (plain string, ok bool) {
	s = strings.TrimLeft(s, "+-") // -0 is the only negative amount that gets here
	digits, exponent, found := strings.Cut(strings.ToLower(s), "e")
	if !found {
		return digits, true
	}
	shift, err := strconv.Atoi(exponent)
	if err != nil || shift > maxShift || shift < -maxShift {
		return "", false
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	for ; shift > 0; shift-- {
		if fraction == "" {
			fraction = "0"
		}
		whole, fraction = whole+fraction[:1], fraction[1:]
	}
	for ; shift < 0; shift++ {
		if whole == "" {
			whole = "0"
		}
		whole, fraction = whole[:len(whole)-1], whole[len(whole)-1:]+fraction
	}
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if fraction == "" {
		return whole, true
	}
	return whole + "." + fraction, true
}
