package pricing

import "fmt"

func compileRegion(name string, r sourceRegion) (*regionRule, error) {
	rule := &regionRule{name: name, only: r.Only, except: r.Except}
	var err error
	if rule.factor, err = regionFactor(r.Times); err != nil {
		return nil, err
	}
	if rule.unstated, err = assumptionNamed(r.Unstated); err != nil {
		return nil, fmt.Errorf("unstated: %w", err)
	}
	for _, p := range r.Places {
		if len(p.Only) == 0 {
			return nil, fmt.Errorf("places, times %s: only: the places it is for", p.Times)
		}
		own := placeFactor{only: p.Only}
		if own.factor, err = regionFactor(p.Times); err != nil {
			return nil, fmt.Errorf("places %v: %w", p.Only, err)
		}
		if own.assume, err = assumptionNamed(p.Assume); err != nil {
			return nil, fmt.Errorf("places %v: %w", p.Only, err)
		}
		rule.places = append(rule.places, own)
	}
	return rule, nil
}

// regionFactor reads a factor as ten-thousandths.
func regionFactor(text string) (uint64, error) {
	f, err := parseFactor(text)
	if err != nil {
		return 0, fmt.Errorf("times: %w", err)
	}
	if f.scale > 4 {
		return 0, fmt.Errorf("times %s: at most four decimals", text)
	}
	n := uint64(f.mantissa) //nolint:gosec // positive
	for range 4 - f.scale {
		n *= 10
	}
	return n, nil
}

// assumptionNamed is the assumption with a name, and none without one.
func assumptionNamed(name string) (assumption, error) {
	a := assumptionByName[name]
	if a == 0 && name != "" {
		return 0, fmt.Errorf("no assumption is called %q", name)
	}
	return a, nil
}
