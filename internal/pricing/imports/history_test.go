package imports

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// said is a table of one model at one seller, from the short form "input/output[@from] ...", "-" for a table without the model.
func said(t *testing.T, prices, page string) table {
	t.Helper()
	tab := table{"groq": {}}
	if prices == "-" {
		return tab
	}
	var list []sighting
	for one := range strings.FieldsSeq(prices) {
		price, from, _ := strings.Cut(one, "@")
		in, out, _ := strings.Cut(price, "/")
		o := &offer{rates: rates{}, fees: rates{}, page: page}
		for k, v := range map[string]string{"input": in, "output": out} {
			p, err := parsePrice(v, 1)
			require.NoError(t, err)
			o.rates[k] = p
		}
		o.seal()
		list = append(list, sighting{o, from})
	}
	tab.add("groq", "m", list)
	return tab
}

func TestHistories(t *testing.T) {
	type day struct{ date, litellm, genai string }
	for name, tc := range map[string]struct {
		days    []day
		page    string // that litellm names
		want    []string
		quarrel string
	}{
		"the same all the time": {
			days: []day{{"2026-01-01", "1/2", "1/2"}, {"2026-02-01", "1/2", "1/2"}},
			want: []string{".. 1/2 two_tables"},
		},
		"a change closes one price and opens the next": {
			days: []day{{"2026-01-01", "1/2", "-"}, {"2026-02-01", "1/2", "-"}, {"2026-03-01", "2/4", "-"}},
			want: []string{"..2026-03-01 1/2 one_table", "2026-03-01.. 2/4 one_table"},
		},
		"a change on the day a table announces": {
			days: []day{{"2026-01-01", "-", "1/2"}, {"2026-02-01", "-", "1/2 2/4@2026-01-20"}},
			want: []string{"..2026-01-20 1/2 one_table", "2026-01-20.. 2/4 one_table"},
		},
		"prices of the past that a table dates": {
			days: []day{{"2026-03-01", "-", "1/2 2/4@2026-01-20"}},
			want: []string{"..2026-01-20 1/2 one_table", "2026-01-20.. 2/4 one_table"},
		},
		"a price of the future": {
			days: []day{{"2026-03-01", "1/2", "1/2 2/4@2026-05-01"}},
			want: []string{"..2026-05-01 1/2 two_tables", "2026-05-01.. 2/4 one_table"},
		},
		"gone": {
			days: []day{{"2026-01-01", "1/2", "-"}, {"2026-02-01", "-", "-"}, {"2026-03-01", "-", "-"}},
			want: []string{"..2026-02-01 1/2 one_table"},
		},
		"gone, and back": {
			days: []day{{"2026-01-01", "1/2", "-"}, {"2026-02-01", "-", "-"}, {"2026-03-01", "1/2", "-"}},
			want: []string{".. 1/2 one_table"},
		},
		"gone, and back at another price": {
			days: []day{{"2026-01-01", "1/2", "-"}, {"2026-02-01", "-", "-"}, {"2026-03-01", "2/4", "-"}},
			want: []string{"..2026-02-01 1/2 one_table", "2026-03-01.. 2/4 one_table"},
		},
		"the table that changed looked last": {
			days:    []day{{"2026-01-01", "1/2", "1/2"}, {"2026-02-01", "2/4", "1/2"}},
			want:    []string{"..2026-02-01 1/2 two_tables", "2026-02-01.. 2/4 one_table disputed input,output"},
			quarrel: "groq/m: litellm says mtok: {input: 2, output: 4}, genai-prices says mtok: {input: 1, output: 2}",
		},
		"the table that the other came round to was right": {
			days: []day{{"2026-01-01", "3/4", "1/2"}, {"2026-02-01", "3/4", "3/4"}},
			want: []string{".. 3/4 two_tables"},
		},
		"the other way round": {
			days: []day{{"2026-01-01", "3/4", "1/2"}, {"2026-02-01", "1/2", "1/2"}}, page: "https://groq.com/m",
			want: []string{".. 1/2 two_tables"},
		},
		"neither changed, one names the page": {
			days: []day{{"2026-01-01", "3/4", "1/2"}}, page: "https://groq.com/m",
			want:    []string{".. 3/4 one_table disputed input,output"},
			quarrel: "groq/m: litellm says mtok: {input: 3, output: 4}, genai-prices says mtok: {input: 1, output: 2}",
		},
		"neither changed, none names a page": {
			days:    []day{{"2026-01-01", "3/4", "1/2"}},
			want:    []string{".. 1/2 one_table disputed input,output"},
			quarrel: "groq/m: litellm says mtok: {input: 3, output: 4}, genai-prices says mtok: {input: 1, output: 2}",
		},
		"about the output alone": {
			days:    []day{{"2026-01-01", "1/4", "1/2"}},
			want:    []string{".. 1/2 one_table disputed output"},
			quarrel: "groq/m: litellm says mtok: {input: 1, output: 4}, genai-prices says mtok: {input: 1, output: 2}",
		},
		"a quarrel that ended with a third price": {
			days: []day{{"2026-01-01", "3/4", "1/2"}, {"2026-02-01", "5/6", "5/6"}},
			want: []string{"..2026-02-01 1/2 one_table disputed input,output", "2026-02-01.. 5/6 two_tables"},
		},
		"one of them rounds": {
			days: []day{{"2026-01-01", "1.31999/3.95997", "1.32/3.96"}},
			want: []string{".. 1.32/3.96 two_tables"},
		},
		"a package that was not read every time": {
			days: []day{{"2026-01-01", "1/2", "1/2"}, {"2026-02-01", "1/2", ""}},
			want: []string{".. 1/2 two_tables"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var snapshots []*snapshot
			for _, d := range tc.days {
				s := &snapshot{date: d.date, tables: map[string]table{packageLiteLLM: said(t, d.litellm, tc.page)}}
				if d.genai != "" {
					s.tables[packageGenAI] = said(t, d.genai, "")
				}
				snapshots = append(snapshots, s)
			}
			rep := &Report{}
			var got []string
			for _, p := range histories(snapshots, rep)["groq"]["m"] {
				text := fmt.Sprintf("%s..%s %s/%s %s", p.from, p.to, decimal(p.offer.rates["input"]), decimal(p.offer.rates["output"]), p.confidence)
				if p.disputed {
					text += " disputed " + strings.Join(p.about, ",")
				}
				got = append(got, text)
			}
			assert.Equal(t, tc.want, got)
			assert.Equal(t, tc.quarrel, strings.Join(rep.Disagreements, "\n"))
		})
	}
}

// What one table has learned about a price that has not changed, it has learned about the price that was already there.
func TestHistoriesFillIn(t *testing.T) {
	first, second := said(t, "1/2", ""), said(t, "1/2", "")
	o := second["groq"]["m"][0].offer
	o.fees["thousand_web_searches"], _ = parsePrice("10", 1)
	o.modes = []mode{{when: "batch: true", rates: rates{"input": times(o.rates["input"], 1, 2), "output": times(o.rates["output"], 1, 2)}}}
	o.seal()
	got := histories([]*snapshot{
		{date: "2026-01-01", tables: map[string]table{packageLiteLLM: first}},
		{date: "2026-02-01", tables: map[string]table{packageLiteLLM: second}},
	}, &Report{})["groq"]["m"]
	require.Len(t, got, 1)
	assert.Equal(t, "mtok: {input: 1, output: 2}, fees: {thousand_web_searches: 10}, modes: [{batch: true, times: 0.5}]", got[0].offer.text)
}
