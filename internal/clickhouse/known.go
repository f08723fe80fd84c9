package clickhouse

import (
	"slices"
	"strings"

	clickhouse "github.com/ClickHouse/clickhouse-go/v2"
)

// ViewKnown is llm_spans with every cost as it is now known: what the last correction in llm_cost_adjustments says, else what was booked.
// It has all columns of llm_spans under their own names, read as FINAL reads them, and beside them KnownColumns. A condition on tenant_id,
// start_time, trace_id and span_id reaches both tables, so a question pays for the corrections of its own window only. Put no FINAL
// behind it, and send KnownSettings with wide windows.
const ViewKnown = "llm_spans_known"

// KnownColumns are the columns that ViewKnown has more than llm_spans.
var KnownColumns = []Column{
	{Name: "cost_booked", Type: money, Doc: "cost as it was booked, which never changes"},
	{Name: "cost_currency_booked", Type: lc, Doc: "cost_currency as booked"},
	{Name: "cost_status_booked", Type: lc, Doc: "cost_status as booked"},
	{Name: "price_id_booked", Type: lc, Doc: "price_id as booked"},
	{Name: "cost_revision", Type: "UInt32", Doc: "Number of the last correction, 0 where what was booked still stands"},
}

// KnownSettings keep the memory of a question to ViewKnown small whatever its window: corrections are read in the order they lie in, and
// the last of each call is taken on the way. A call without a correction has revision 0 and not NULL, whatever an account is set to.
func KnownSettings() clickhouse.Settings {
	return clickhouse.Settings{"optimize_aggregation_in_order": 1, "join_use_nulls": 0}
}

// corrected are the columns of llm_spans that a correction replaces, each by the column of the same name with "_after", or of the same
// name, in llm_cost_adjustments.
var corrected = []string{
	"cost", "cost_input", "cost_cache_read", "cost_cache_write", "cost_output", "cost_fees", "cost_computed",
	"cost_currency", "cost_status", "price_id", "price_source", "price_effective_from", "cost_unpriced",
}

// correction names the column of llm_cost_adjustments that replaces a column of llm_spans.
func correction(name string) string {
	switch name {
	case "cost", "cost_currency", "cost_status", "price_id":
		return name + "_after"
	}
	return name
}

// knownSelect lists the columns of ViewKnown over s, the row, and k, its last correction.
func knownSelect(migration int) string {
	var out []string
	for _, c := range SpanColumns {
		if c.Since > migration {
			continue
		}
		name := quote(c.Name)
		if slices.Contains(corrected, c.Name) {
			out = append(out, "    if(k.revision = 0, s."+name+", k."+name+") AS "+name)
		} else {
			out = append(out, "    s."+name+" AS "+name)
		}
	}
	for _, c := range KnownColumns[:len(KnownColumns)-1] {
		out = append(out, "    s."+strings.TrimSuffix(c.Name, "_booked")+" AS "+c.Name)
	}
	return strings.Join(append(out, "    k.revision AS cost_revision"), ",\n")
}

// knownLast lists the last value of each corrected column among the revisions of one call. A NULL is a value here, and argMax would pass
// it over; in a tuple it does not.
func knownLast() string {
	out := make([]string, len(corrected))
	for i, name := range corrected {
		out[i] = "        argMax(tuple(a." + correction(name) + "), a.revision).1 AS " + name
	}
	return strings.Join(out, ",\n")
}

// knownTypes lists the view's columns with their types.
func knownTypes(migration int) string {
	var out []string
	for _, c := range slices.Concat(SpanColumns, KnownColumns) {
		if c.Since <= migration {
			out = append(out, "    "+quote(c.Name)+" "+c.Type)
		}
	}
	return strings.Join(out, ",\n")
}
