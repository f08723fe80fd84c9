package pricing

import (
	"cmp"
	"slices"
	"strings"
)

// maxSuggestions is how many names a person can be asked to look at.
const maxSuggestions = 3

// Suggest gives up to three models whose names look like one that the book does not know, as provider/model, the likeliest first:
// of that provider if the book knows it, else of any. They are for a person to read; nothing is ever priced by them.
func (b *Book) Suggest(providerName, model string) []string {
	name := bareName(model)
	if name == "" || len(name) > maxName {
		return nil
	}
	type near struct {
		id     string
		vendor bool
		far    int
	}
	best := map[string]near{}
	consider := func(p *provider) {
		for candidate, m := range p.models {
			far, ok := nameDistance(name, bareName(candidate))
			if !ok || strings.HasPrefix(candidate, "arn:") {
				continue
			}
			if old, seen := best[m.id]; !seen || far < old.far {
				best[m.id] = near{m.id, p.vendor, far}
			}
		}
	}
	if p := b.providerNamed(providerName); p != nil && len(p.models) > 0 {
		consider(p)
	} else {
		for _, p := range b.providers {
			consider(p)
		}
	}
	all := make([]near, 0, len(best))
	for _, n := range best {
		all = append(all, n)
	}
	slices.SortFunc(all, func(x, y near) int {
		if x.vendor != y.vendor && x.far == y.far {
			return map[bool]int{true: -1, false: 1}[x.vendor]
		}
		return cmp.Or(cmp.Compare(x.far, y.far), cmp.Compare(x.id, y.id))
	})
	var ids []string
	for _, n := range all[:min(len(all), maxSuggestions)] {
		ids = append(ids, n.id)
	}
	return ids
}

// bareName is a name without what stands before its last slash, in one case and with one kind of separator.
func bareName(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if i := strings.LastIndexByte(s, '/'); i >= 0 {
		s = s[i+1:]
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("_.:@ ", r) {
			return '-'
		}
		return r
	}, s)
}

// nameDistance says how far apart two bare names are, in edits and in words that only one of them has. Names that share less than
// half are not near at all.
func nameDistance(x, y string) (int, bool) {
	longer := max(len(x), len(y))
	if d := len(x) - len(y); d > longer/2 || -d > longer/2 {
		return 0, false
	}
	edits := editDistance(x, y)
	xs, ys := strings.Split(x, "-"), strings.Split(y, "-")
	slices.Sort(xs)
	slices.Sort(ys)
	edits = min(edits, 1+editDistance(strings.Join(xs, "-"), strings.Join(ys, "-"))) // words in another order
	if edits > longer*2/5 {
		return 0, false
	}
	words := 0
	for _, w := range xs {
		if !slices.Contains(ys, w) {
			words++
		}
	}
	for _, w := range ys {
		if !slices.Contains(xs, w) {
			words++
		}
	}
	return edits + 2*words, true
}

// editDistance counts the bytes to insert, delete or replace.
func editDistance(x, y string) int {
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(x) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(y) {
			cost := diagonal
			if x[i] != y[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(y)]
}
