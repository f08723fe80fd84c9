package pricing

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A sourceTenantRule is a rule as it is written, kept for its line.
type sourceTenantRule struct{ node *yaml.Node }

// UnmarshalYAML implements yaml.Unmarshaler.
func (r *sourceTenantRule) UnmarshalYAML(n *yaml.Node) error {
	r.node = n
	return nil
}

const (
	maxTenantDecimals = 4
	maxTenantTimes    = 100 * noFactor
)

// A tenantTarget is what rules of a tenant are on.
type tenantTarget struct {
	tenant   string
	model    *model
	provider *provider
}

// A writtenRule is a compiled rule with where it was written.
type writtenRule struct {
	tenantRule
	layer int
	where string
}

// compileTenants gathers the rules of all files. Of several layers with rules of one tenant on the same thing, the last one's count.
func (b *Book) compileTenants(files []*sourceFile) (map[string]*tenantRules, error) {
	written := map[tenantTarget][]writtenRule{}
	factors := map[uint64]*tenantFactor{}
	for _, f := range files {
		for _, tenant := range slices.Sorted(maps.Keys(f.Tenants)) {
			for _, src := range f.Tenants[tenant] {
				target, rule, err := b.compileTenantRule(tenant, src.node)
				where := fmt.Sprintf("%s:%d", f.file, src.node.Line)
				switch {
				case err != nil:
				case !f.user:
					err = fmt.Errorf("only price files of your own have discounts and markups")
				case tenant == "":
					err = fmt.Errorf("name the tenant, or %q for all others", everyTenant)
				}
				if err != nil {
					return nil, fmt.Errorf("%s: tenants: %s: %w", where, cmp.Or(tenant, `""`), err)
				}
				if known := factors[rule.factor.times]; known != nil {
					rule.factor = known
				}
				factors[rule.factor.times] = rule.factor
				written[target] = append(written[target], writtenRule{rule, f.layer, where})
			}
		}
	}
	if err := spreadRules(written); err != nil {
		return nil, err
	}
	tenants := map[string]*tenantRules{}
	for target, rules := range written {
		plain := make([]tenantRule, len(rules))
		for i, r := range rules {
			if i > 0 && rules[i-1].to > r.from {
				return nil, fmt.Errorf("%s: tenants: %s: holds at the same time as the rule of %s: give them from and to that do not overlap",
					r.where, target.tenant, rules[i-1].where)
			}
			plain[i] = r.tenantRule
		}
		into := tenants[target.tenant]
		if into == nil {
			into = &tenantRules{models: map[*model][]tenantRule{}, providers: map[*provider][]tenantRule{}}
			tenants[target.tenant] = into
		}
		switch {
		case target.model != nil:
			into.models[target.model] = plain
		case target.provider != nil:
			into.providers[target.provider] = plain
		default:
			into.all = plain
		}
	}
	return tenants, nil
}

// ofLastLayer leaves the rules of the last file that has some, in the order of their dates.
func ofLastLayer(rules []writtenRule) []writtenRule {
	last := slices.MaxFunc(rules, func(x, y writtenRule) int { return cmp.Compare(x.layer, y.layer) }).layer
	rules = slices.DeleteFunc(rules, func(r writtenRule) bool { return r.layer < last })
	slices.SortStableFunc(rules, func(x, y writtenRule) int { return cmp.Compare(x.from, y.from) })
	return rules
}

// spreadRules gives the rules on a name that moves, as gpt-4o, to the models it stands for, where they have none of their own: it is
// those that responses name.
func spreadRules(written map[tenantTarget][]writtenRule) error {
	spread := map[tenantTarget][]writtenRule{}
	for target, rules := range written {
		rules = ofLastLayer(rules)
		written[target] = rules
		if target.model == nil {
			continue
		}
		for _, m := range target.model.standsFor {
			to := tenantTarget{tenant: target.tenant, model: m}
			if len(written[to]) > 0 {
				continue
			}
			if others := spread[to]; len(others) > 0 && others[0].on != rules[0].on {
				first, second := min(others[0].where, rules[0].where), max(others[0].where, rules[0].where)
				return fmt.Errorf("%s: tenants: %s: %s has the rule of %s, too: give it one of its own", second, target.tenant, m.id, first)
			}
			spread[to] = rules
		}
	}
	maps.Copy(written, spread)
	return nil
}

func (b *Book) compileTenantRule(tenant string, n *yaml.Node) (tenantTarget, tenantRule, error) {
	target, rule := tenantTarget{tenant: tenant}, tenantRule{from: math.MinInt64, to: math.MaxInt64, tenant: tenant}
	keys, err := tenantKeys(n)
	if err != nil {
		return target, rule, err
	}
	if rule.factor, err = parseTenantTimes(keys["times"]); err != nil {
		return target, rule, err
	}
	if model, ok := keys["model"]; ok {
		if _, both := keys["provider"]; both {
			return target, rule, fmt.Errorf("model and provider: one of them")
		}
		if target.model, err = b.modelNamed(model); err != nil {
			return target, rule, err
		}
		rule.on = target.model.id
	}
	if provider, ok := keys["provider"]; ok {
		if target.provider = b.providerNamed(provider); target.provider == nil {
			return target, rule, fmt.Errorf("provider %q: no such provider; one of %s", provider, strings.Join(b.ProviderNames(), ", "))
		}
		rule.on = target.provider.name
	}
	if text, ok := keys["bills"]; ok {
		if rule.bills, err = strconv.ParseBool(text); err != nil {
			return target, rule, fmt.Errorf("bills: %q: true or false", text)
		}
	}
	if text, ok := keys["from"]; ok {
		if rule.from, _, err = parseInstant(text); err != nil {
			return target, rule, fmt.Errorf("from: %w", err)
		}
	}
	if text, ok := keys["to"]; ok {
		if rule.to, _, err = parseInstant(text); err != nil || rule.to <= rule.from {
			return target, rule, fmt.Errorf("to: %q: a day or time after from", text)
		}
	}
	return target, rule, nil
}

// tenantKeys are the keys of a rule with their values as they are written: a factor must not pass through a float.
func tenantKeys(n *yaml.Node) (map[string]string, error) {
	if n.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("a rule is written as {times: 0.9}, with provider, model, from, to and bills as needed")
	}
	keys := map[string]string{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i].Value, n.Content[i+1]
		if !slices.Contains([]string{"times", "provider", "model", "from", "to", "bills"}, key) {
			return nil, fmt.Errorf("%q: no such key; one of times, provider, model, from, to, bills", key)
		}
		if _, twice := keys[key]; twice {
			return nil, fmt.Errorf("%s: given twice", key)
		}
		if value.Kind != yaml.ScalarNode || value.Value == "" {
			return nil, fmt.Errorf("%s: one value", key)
		}
		keys[key] = value.Value
	}
	return keys, nil
}

func parseTenantTimes(text string) (*tenantFactor, error) {
	m, scale, err := parseDecimal(text)
	if err == nil && m >= 0 {
		if times, ok := rescaleExact(m, scale, maxTenantDecimals); ok && times <= maxTenantTimes {
			f := &tenantFactor{times: uint64(times)} //nolint:gosec // positive
			f.text = decimalOf(f.times)
			f.bill = "bill*" + f.text
			return f, nil
		}
	}
	return nil, fmt.Errorf("times: %q: a factor from 0 to %d with at most %d decimals, such as 0.9", text, maxTenantTimes/noFactor, maxTenantDecimals)
}

// modelNamed finds a model by provider/name, both in any spelling.
func (b *Book) modelNamed(s string) (*model, error) {
	provider, name, ok := strings.Cut(s, "/")
	if ok {
		if p := b.providerNamed(provider); p != nil {
			if m := p.find(name).model; m != nil {
				return m, nil
			}
		}
	}
	near := ""
	if ids := b.Suggest(provider, name); len(ids) > 0 {
		near = "; near it: " + strings.Join(ids, ", ")
	}
	return nil, fmt.Errorf("model %q: no such model; write provider/model as `watchllmctl prices list` does%s", s, near)
}
