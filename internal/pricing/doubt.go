package pricing

import (
	"fmt"
	"maps"
	"slices"
)

// compileDoubts reads what a period and a mode take for granted about the prices of some units.
func compileDoubts(lists ...sourceDoubts) ([]doubt, error) {
	var doubts []doubt
	for _, list := range lists {
		for _, name := range slices.Sorted(maps.Keys(list)) {
			d := doubt{assume: assumptionByName[name]}
			if d.assume == 0 {
				return nil, fmt.Errorf("assume: no assumption is called %q", name)
			}
			var err error
			if d.of, err = unitsOf(list[name]); err != nil {
				return nil, fmt.Errorf("assume: %s: %w", name, err)
			}
			doubts = append(doubts, d)
		}
	}
	return doubts, nil
}

// unitsOf is the set of units with these keys of price files.
func unitsOf(keys []string) (unitSet, error) {
	var set unitSet
	for _, key := range keys {
		u, ok := unitByKey[key]
		if !ok {
			return 0, fmt.Errorf("no unit %q", key)
		}
		set.add(u)
	}
	return set, nil
}
