package clickhouse

import (
	"fmt"
	"slices"
	"strings"
)

// Documentation describes all tables as Markdown; SCHEMA.md beside this file is its output.
func Documentation() string {
	var b strings.Builder
	b.WriteString("<!-- Made from columns.go by `go test ./internal/clickhouse -update`. Do not edit. -->\n# Tables\n\n")
	b.WriteString("NULL means unknown and is never 0. Totals add up rows with `usage_role = 'call'` only.\n")
	names := make([]string, 0, len(Tables))
	for name := range Tables {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, "\n## %s\n\n| column | type | from | meaning |\n| --- | --- | --- | --- |\n", name)
		for _, c := range Tables[name] {
			fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", c.Name, c.Type, c.from(), c.Doc)
		}
	}
	fmt.Fprintf(&b, "\n## %s\n\nA view: the columns of %s with every cost as now known, by the last correction in %s, and:\n\n| column | type | meaning |\n| --- | --- | --- |\n",
		ViewKnown, TableSpans, TableAdjustments)
	for _, c := range KnownColumns {
		fmt.Fprintf(&b, "| `%s` | `%s` | %s |\n", c.Name, c.Type, c.Doc)
	}
	return b.String()
}

func (c Column) from() string {
	place := [...]string{SourceSpan: "span", SourceAttribute: "attribute", SourceResource: "resource", SourceScope: "scope", SourceStore: "store", SourceRecord: "record"}[c.Source]
	if c.Attribute == "" {
		return place
	}
	return place + " `" + c.Attribute + "`"
}
