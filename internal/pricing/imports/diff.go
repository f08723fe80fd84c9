package imports

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A record is what a reviewer compares of a model: its present price.
type record struct {
	Free   bool `yaml:"free"`
	Prices []struct {
		From string            `yaml:"from"`
		To   string            `yaml:"to"`
		MTok map[string]string `yaml:"mtok"`
		Fees map[string]string `yaml:"fees"`
	} `yaml:"prices"`
}

func (l Layer) records() (map[string]record, error) {
	out := map[string]record{}
	for file, text := range l {
		var doc struct {
			Provider string            `yaml:"provider"`
			Models   map[string]record `yaml:"models"`
		}
		if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		for name, r := range doc.Models {
			out[doc.Provider+"/"+name] = r
		}
	}
	return out, nil
}

// Diff lists what an update changes, a line a model: "+" is new, "-" is gone, "~" has another price or history, "!" has ended.
func Diff(before, after Layer) ([]string, error) {
	was, err := before.records()
	if err != nil {
		return nil, err
	}
	is, err := after.records()
	if err != nil {
		return nil, err
	}
	var lines []string
	for id, r := range is {
		old, ok := was[id]
		switch {
		case !ok:
			lines = append(lines, "+ "+id+" "+r.present())
		case !old.ended() && r.ended():
			lines = append(lines, "! "+id+" in no table since "+r.Prices[len(r.Prices)-1].To)
		default:
			if change := old.change(r); change != "" {
				lines = append(lines, "~ "+id+" "+change)
			}
		}
	}
	for id, r := range was {
		if _, ok := is[id]; !ok {
			lines = append(lines, "- "+id+" "+r.present())
		}
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[2:], b[2:]) })
	return lines, nil
}

func (r record) ended() bool { return len(r.Prices) > 0 && r.Prices[len(r.Prices)-1].To != "" }

// units are the prices that hold at the end of the history.
func (r record) units() map[string]string {
	out := map[string]string{}
	if len(r.Prices) == 0 {
		return out
	}
	last := r.Prices[len(r.Prices)-1]
	for k, v := range last.MTok {
		out[k] = v
	}
	for k, v := range last.Fees {
		out[k] = v
	}
	return out
}

func (r record) present() string {
	if r.Free {
		return "free"
	}
	units := r.units()
	parts := make([]string, 0, len(units))
	for _, k := range sortedKeys(units) {
		parts = append(parts, k+" "+units[k])
	}
	return strings.Join(parts, ", ")
}

func (r record) change(to record) string {
	a, b := r.units(), to.units()
	var parts []string
	for _, k := range slices.Concat(tokenKeys, feeKeys) {
		switch {
		case a[k] == b[k]:
		case a[k] == "":
			parts = append(parts, k+" is new: "+b[k])
		case b[k] == "":
			parts = append(parts, k+" is gone: "+a[k])
		default:
			parts = append(parts, fmt.Sprintf("%s %s -> %s%s", k, a[k], b[k], percent(a[k], b[k])))
		}
	}
	if r.Free != to.Free {
		parts = append(parts, "free: "+fmt.Sprint(to.Free))
	}
	if len(to.Prices) > len(r.Prices) && len(to.Prices) > 0 {
		parts = append(parts, "from "+to.Prices[len(to.Prices)-1].From)
	}
	return strings.Join(parts, ", ")
}

func percent(a, b string) string {
	x, ok1 := new(big.Rat).SetString(a)
	y, ok2 := new(big.Rat).SetString(b)
	if !ok1 || !ok2 || x.Sign() == 0 {
		return ""
	}
	by := new(big.Rat).Sub(new(big.Rat).Quo(y, x), big.NewRat(1, 1))
	sign := ""
	if by.Sign() > 0 {
		sign = "+"
	}
	return " (" + sign + by.Mul(by, big.NewRat(100, 1)).FloatString(1) + "%)"
}
