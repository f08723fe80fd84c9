package imports

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// genaiKeys are the price keys of the table. Its prices are of the same blocks as ours.
var genaiKeys = map[string]string{
	"input_mtok": "input", "output_mtok": "output", "cache_read_mtok": "cache_read", "cache_write_mtok": "cache_write",
	"cache_write_1h_mtok": "cache_write_1h", "input_audio_mtok": "audio_input", "output_audio_mtok": "audio_output",
	"cache_audio_read_mtok": "audio_cache_read", "input_image_mtok": "image_input", "output_image_mtok": "image_output",
	"input_video_mtok": "video_input", "output_reasoning_mtok": "reasoning", "output_citation_mtok": "citation",
	"requests_kcount": "thousand_requests", "web_searches_kcount": "thousand_web_searches", "input_mchars": "million_characters",
	"audio_hours": "hour", "input_audio_hours": "hour", "input_document_kpages": "thousand_pages",
}

// genaiVariants are the conditions of the table that this book has too.
var genaiVariants = map[[2]string]string{
	{"processing", "batch"}:      "batch: true",
	{"service_tier", "flex"}:     "tier: [flex]",
	{"service_tier", "priority"}: "tier: [priority]",
	{"speed", "fast"}:            "speed: [fast]",
}

// readGenAI reads the Python module of a release.
func readGenAI(text []byte, rep *Report) (table, error) {
	v, err := readAssigned(string(text), "providers")
	if err != nil {
		return nil, err
	}
	providers, _ := v.([]pyValue)
	t := table{}
	for _, p := range providers {
		call, ok := p.(*pyCall)
		if !ok || call.name != "Provider" {
			return nil, errors.New("providers: not a list of Provider(...)")
		}
		s, ok := genaiSellers[str(call.named["id"])]
		if !ok {
			continue
		}
		page := ""
		if urls, _ := call.named["pricing_urls"].([]pyValue); len(urls) > 0 {
			page = str(urls[0])
		}
		models, _ := call.named["models"].([]pyValue)
		for _, m := range models {
			if model, ok := m.(*pyCall); ok {
				if err := t.genaiModel(s, model, page, rep); err != nil {
					return nil, fmt.Errorf("%s/%s: %w", s.provider, str(model.named["id"]), err)
				}
			}
		}
	}
	if len(t) == 0 {
		return nil, errors.New("no provider that is known here")
	}
	return t, nil
}

func (t table) genaiModel(s seller, model *pyCall, page string, rep *Report) error {
	id := str(model.named["id"])
	pieces, err := genaiPieces(model, strings.HasSuffix(id, ":free"))
	if err != nil || len(pieces) == 0 {
		return err
	}
	kept := pieces[:0]
	for _, p := range pieces {
		p.offer.page = page
		if why := p.offer.lint(s.provider, id, rep.free); why != "" {
			rep.drop(packageGenAI, s.provider, id, why)
			continue
		}
		p.offer.seal()
		kept = append(kept, p)
	}
	if len(kept) == 0 {
		return nil
	}
	for _, name := range append([]string{id}, exactNames(model.named["match"])...) {
		if name, ok := s.clean(name); ok {
			t.add(s.provider, name, kept)
		}
	}
	return nil
}

// exactNames are the names that a match rule spells out. Beginnings and parts of names match too much.
func exactNames(clause pyValue) []string {
	call, ok := clause.(*pyCall)
	if !ok {
		return nil
	}
	switch call.name {
	case "ClauseEquals":
		return []string{str(call.named["equals"])}
	case "ClauseOr":
		var names []string
		parts, _ := call.named["or_"].([]pyValue)
		for _, p := range parts {
			names = append(names, exactNames(p)...)
		}
		return names
	}
	return nil
}

// genaiPieces are the prices of a model, oldest first. Prices of hours of the day are left to the curated lists, because the table
// has no day from which such hours began.
func genaiPieces(model *pyCall, free bool) ([]sighting, error) {
	var out []sighting
	conditional, ok := model.named["prices"].([]pyValue)
	if !ok {
		conditional = []pyValue{&pyCall{named: map[string]pyValue{"prices": model.named["prices"]}}}
	}
	for _, c := range conditional {
		piece, ok := c.(*pyCall)
		if !ok {
			continue
		}
		from := ""
		if constraint, ok := piece.named["constraint"].(*pyCall); ok {
			if constraint.name != "StartDateConstraint" {
				continue
			}
			if from = pyDate(constraint.named["start_date"]); from == "" {
				return nil, errors.New("start_date: not a date")
			}
		}
		o, err := genaiOffer(piece.named["prices"])
		if err != nil {
			return nil, err
		}
		if len(o.rates)+len(o.fees) == 0 {
			if !free {
				continue
			}
			o.free = true
		}
		out = append(out, sighting{offer: o, from: from})
	}
	slices.SortStableFunc(out, func(a, b sighting) int { return strings.Compare(a.from, b.from) })
	if len(out) == 0 {
		return nil, nil
	}
	variants, _ := model.named["price_variants"].([]pyValue)
	return out, genaiModes(out[len(out)-1].offer, variants)
}

// genaiModes adds the variants of the present price, which are the only ones the table has.
func genaiModes(o *offer, variants []pyValue) error {
	for _, v := range variants {
		variant, ok := v.(*pyCall)
		if !ok || variant.named["constraint"] != nil && variant.named["constraint"] != pyName("None") {
			continue
		}
		when, _ := variant.named["when"].(map[string]pyValue)
		if len(when) != 1 {
			continue
		}
		for key, value := range when {
			cond, ok := genaiVariants[[2]string{key, str(value)}]
			if !ok {
				continue
			}
			m, err := genaiOffer(variant.named["prices"])
			if err != nil {
				return err
			}
			o.modes = append(o.modes, mode{when: cond, rates: m.rates, fees: m.fees, bands: m.bands})
		}
	}
	return nil
}

func genaiOffer(v pyValue) (*offer, error) {
	o := &offer{rates: rates{}, fees: rates{}}
	call, ok := v.(*pyCall)
	if !ok {
		return o, nil
	}
	for _, key := range sortedKeys(call.named) {
		value := call.named[key]
		unit, ok := genaiKeys[key]
		if !ok {
			continue
		}
		into := o.rates
		if slices.Contains(feeKeys, unit) {
			into = o.fees
		}
		price, ok := value.(*pyCall)
		if !ok {
			continue // None
		}
		if price.name == "TieredPrices" {
			if err := o.tiered(unit, price); err != nil {
				return nil, fmt.Errorf("%s: %w", key, err)
			}
			continue
		}
		p, err := pyDecimal(price)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		into[unit] = p
	}
	sortBands(o.bands)
	for _, r := range append([]rates{o.rates, o.fees}, bandRates(o.bands)...) {
		for k, v := range r {
			if v.Sign() == 0 {
				delete(r, k)
			}
		}
	}
	return o, nil
}

func (o *offer) tiered(unit string, call *pyCall) error {
	base, err := pyDecimal(call.named["base"])
	if err != nil {
		return err
	}
	o.rates[unit] = base
	tiers, _ := call.named["tiers"].([]pyValue)
	for _, v := range tiers {
		tier, ok := v.(*pyCall)
		if !ok {
			return errors.New("tiers: not a Tier(...)")
		}
		start, err := parsePrice(str(tier.named["start"]), 1)
		if err != nil || !start.IsInt() {
			return fmt.Errorf("start: %w", errNotPrice)
		}
		price, err := pyDecimal(tier.named["price"])
		if err != nil {
			return err
		}
		bandOf(&o.bands, start.Num().Int64())[unit] = price
	}
	return nil
}
