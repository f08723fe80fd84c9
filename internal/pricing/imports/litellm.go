package imports

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// litellmKeys are the keys of the table, without what their endings add, and the units they price.
var litellmKeys = map[string]struct {
	unit string
	per  int64 // the table's price is for one, ours for this many
}{
	"input_cost_per_token":                      {"input", 1e6},
	"output_cost_per_token":                     {"output", 1e6},
	"cache_read_input_token_cost":               {"cache_read", 1e6},
	"cache_creation_input_token_cost":           {"cache_write", 1e6},
	"cache_creation_input_token_cost_above_1hr": {"cache_write_1h", 1e6},
	"input_cost_per_audio_token":                {"audio_input", 1e6},
	"output_cost_per_audio_token":               {"audio_output", 1e6},
	"cache_read_input_audio_token_cost":         {"audio_cache_read", 1e6},
	"input_cost_per_image_token":                {"image_input", 1e6},
	"output_cost_per_image_token":               {"image_output", 1e6},
	"input_cost_per_video_token":                {"video_input", 1e6},
	"output_cost_per_reasoning_token":           {"reasoning", 1e6},
	"citation_cost_per_token":                   {"citation", 1e6},
	"input_cost_per_query":                      {"thousand_search_units", 1e3},
	"input_cost_per_request":                    {"thousand_requests", 1e3},
	"ocr_cost_per_page":                         {"thousand_pages", 1e3},
	"input_cost_per_character":                  {"million_characters", 1e6},
	"input_cost_per_second":                     {"hour", 3600},
	"output_cost_per_image":                     {"image", 1},
}

// litellmModes are the endings that name a condition.
var litellmModes = []struct{ ending, when string }{
	{"_batches", "batch: true"},
	{"_flex", "tier: [flex]"},
	{"_priority", "tier: [priority]"},
	{"_ultrafast", "tier: [ultrafast]"},
}

// thinkingMode is how a provider that reprices the whole answer of a thinking model is written.
const thinkingMode = "thinking: true"

// litellmKinds are the kinds of models that are read; what else the table holds (video, evaluation, guardrails) is no call this
// book prices.
var litellmKinds = map[string]bool{
	"": true, "chat": true, "completion": true, "responses": true, "embedding": true, "rerank": true, "audio_transcription": true,
	"audio_speech": true, "image_generation": true, "image_edit": true, "ocr": true, "realtime": true, "moderation": true,
}

// readLiteLLM reads the JSON table of a release.
func readLiteLLM(text []byte, rep *Report) (table, error) {
	var raw map[string]map[string]any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&raw); err != nil {
		return nil, err
	}
	t := table{}
	for _, key := range sortedKeys(raw) {
		entry := raw[key]
		if geoPrice(raw, key) {
			if err := t.geo(key, entry, rep); err != nil {
				return nil, fmt.Errorf("%s: %w", key, err)
			}
			continue
		}
		s, ok := litellmSellers[str(entry["litellm_provider"])]
		if !ok || !litellmKinds[str(entry["mode"])] {
			continue
		}
		name, ok := s.name(key)
		if !ok {
			continue
		}
		o, err := litellmOffer(s, entry)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		if o == nil {
			continue
		}
		if why := o.lint(s.provider, name, rep.free); why != "" {
			rep.drop(packageLiteLLM, s.provider, name, why)
			continue
		}
		o.seal()
		t.add(s.provider, name, []sighting{{offer: o}})
		// A resource path on Vertex has the publisher elsewhere: publishers/meta/models/llama.
		if last := lastPart(name); s.provider == "gcp.vertex_ai" && t[s.provider][last] == nil {
			t.add(s.provider, last, []sighting{{offer: o}})
		}
	}
	return t, nil
}

// geoPrice reports whether a Bedrock profile over a part of the world ("eu.amazon.nova-lite-v1:0") has other prices than the model behind
// it. Claude's follow a rule of the curated list, which the table has miscopied.
func geoPrice(raw map[string]map[string]any, key string) bool {
	if !strings.HasPrefix(str(raw[key]["litellm_provider"]), "bedrock") || strings.Contains(key, "anthropic.") || strings.Contains(key, "/") {
		return false
	}
	for _, geo := range bedrockGeos {
		base, ok := strings.CutPrefix(key, geo)
		if !ok || raw[base] == nil {
			continue
		}
		for _, k := range []string{"input_cost_per_token", "output_cost_per_token"} {
			if str(raw[base][k]) != str(raw[key][k]) {
				return true
			}
		}
	}
	return false
}

func (t table) geo(key string, entry map[string]any, rep *Report) error {
	const provider = "aws.bedrock"
	o, err := litellmOffer(seller{provider: provider}, entry)
	if err != nil || o == nil {
		return err
	}
	if why := o.lint(provider, key, rep.free); why != "" {
		rep.drop(packageLiteLLM, provider, key, why)
		return nil
	}
	o.seal()
	t.add(provider, key, []sighting{{offer: o}})
	return nil
}

func litellmOffer(s seller, entry map[string]any) (*offer, error) {
	o := &offer{rates: rates{}, fees: rates{}, page: str(entry["source"])}
	if !strings.HasPrefix(o.page, "https://") || strings.Contains(o.page, " ") {
		o.page = ""
	}
	modes := map[string]*mode{}
	modeOf := func(when string) *mode {
		if modes[when] == nil {
			modes[when] = &mode{when: when, rates: rates{}, fees: rates{}}
		}
		return modes[when]
	}
	for _, key := range sortedKeys(entry) {
		n, ok := entry[key].(json.Number)
		if !ok {
			continue
		}
		base, over, when := splitKey(key)
		known, ok := litellmKeys[base]
		if !ok {
			continue
		}
		price, err := parsePrice(n.String(), known.per)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		if known.unit == "hour" {
			price = exactHour(n.String(), price, entry["metadata"])
		}
		fee := slices.Contains(feeKeys, known.unit)
		var into rates
		switch {
		case fee && over == 0 && when == "":
			into = o.fees
		case fee && over == 0:
			into = modeOf(when).fees
		case fee:
			continue
		case when == "" && over == 0:
			into = o.rates
		case when == "":
			into = bandOf(&o.bands, over)
		case over == 0:
			into = modeOf(when).rates
		default:
			into = bandOf(&modeOf(when).bands, over)
		}
		into[known.unit] = price
	}
	if err := o.tiers(entry["tiered_pricing"], modeOf); err != nil {
		return nil, err
	}
	o.searches(entry["search_context_cost_per_query"])
	o.thinking(s, modeOf)
	o.kind(str(entry["mode"]))
	// A call that thinks pays another price for its answer, and for nothing else.
	if m := modes[thinkingMode]; m != nil {
		for _, b := range o.bands {
			into := bandOf(&m.bands, b.over)
			for k, v := range b.rates {
				if into[k] == nil {
					into[k] = v
				}
			}
		}
	}
	for _, when := range sortedKeys(modes) {
		o.modes = append(o.modes, *modes[when])
	}
	sortBands(o.bands)
	for i := range o.modes {
		sortBands(o.modes[i].bands)
	}
	if len(o.rates)+len(o.fees) == 0 {
		return nil, nil //nolint:nilnil // most entries of some sellers carry no price
	}
	return o, nil
}

// splitKey takes "input_cost_per_token_above_200k_tokens_batches" apart.
func splitKey(key string) (base string, over int64, when string) {
	for _, m := range litellmModes {
		if rest, ok := strings.CutSuffix(key, m.ending); ok {
			key, when = rest, m.when
			break
		}
	}
	if before, after, ok := cutLast(key, "_above_"); ok {
		if k, found := strings.CutSuffix(after, "k_tokens"); found {
			if n, err := strconv.ParseInt(k, 10, 64); err == nil {
				return before, n * 1000, when
			}
		}
	}
	return key, 0, when
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// tiers reads the list form of bands: a range is above its lower end, up to and with its upper one.
func (o *offer) tiers(v any, modeOf func(string) *mode) error {
	list, _ := v.([]any)
	for _, item := range list {
		tier, _ := item.(map[string]any)
		span, _ := tier["range"].([]any)
		if len(span) != 2 {
			continue
		}
		from, err := parsePrice(str(span[0]), 1)
		if err != nil || !from.IsInt() {
			return fmt.Errorf("tiered_pricing: range %v: %w", span, errNotPrice)
		}
		over := from.Num().Int64()
		into := o.rates
		if over > 0 {
			into = bandOf(&o.bands, over)
		}
		for key, value := range tier {
			known, ok := litellmKeys[key]
			if !ok {
				continue
			}
			price, err := parsePrice(str(value), known.per)
			if err != nil {
				return fmt.Errorf("tiered_pricing: %s: %w", key, err)
			}
			if known.unit != "reasoning" {
				into[known.unit] = price
				continue
			}
			if m := modeOf(thinkingMode); over > 0 {
				bandOf(&m.bands, over)["output"] = price
			} else {
				m.rates["output"] = price
			}
		}
	}
	return nil
}

// thinking settles what a price of its own for reasoning means: at some sellers it holds for the whole answer, and elsewhere one that
// equals the price of output says nothing.
func (o *offer) thinking(s seller, modeOf func(string) *mode) {
	r := o.rates["reasoning"]
	if r == nil {
		return
	}
	out := o.rates["output"]
	switch {
	case out != nil && r.Cmp(out) == 0:
		delete(o.rates, "reasoning")
	case s.thinkingReprices:
		modeOf(thinkingMode).rates["output"] = r
		delete(o.rates, "reasoning")
	}
	for i := range o.bands {
		delete(o.bands[i].rates, "reasoning")
	}
}

// searches reads the fee of the search tool: one figure, or one per size of the search context.
func (o *offer) searches(v any) {
	sizes, _ := v.(map[string]any)
	bySize := map[string]*big.Rat{}
	for _, size := range []string{"low", "medium", "high"} {
		if p, err := parsePrice(str(sizes["search_context_size_"+size]), 1e3); err == nil && p.Sign() > 0 {
			bySize[size] = p
		}
	}
	standard := cmp.Or(bySize["medium"], bySize["low"], bySize["high"])
	if standard == nil {
		return
	}
	o.fees["thousand_web_searches"] = standard
	for _, size := range []string{"low", "high"} {
		if p := bySize[size]; p != nil && p.Cmp(standard) != 0 {
			o.modes = append(o.modes, mode{when: "search_context: [" + size + "]", fees: rates{"thousand_web_searches": p}})
		}
	}
}

// kind leaves out figures that do not belong to what is sold.
func (o *offer) kind(mode string) {
	for _, r := range append([]rates{o.rates}, bandRates(o.bands)...) {
		for k, v := range r {
			if v.Sign() == 0 && (k != "input" && k != "output" || mode == "embedding" || mode == "rerank" || mode == "audio_transcription" || mode == "audio_speech") {
				delete(r, k)
			}
		}
	}
	for k, v := range o.fees {
		if v.Sign() == 0 {
			delete(o.fees, k)
		}
	}
	tokens := len(o.rates) > 0
	if mode != "rerank" || tokens {
		delete(o.fees, "thousand_search_units")
	}
	// Where the table has both, tokens are what the response reports.
	if mode != "audio_transcription" || tokens {
		delete(o.fees, "hour")
	}
	if mode != "image_generation" && mode != "image_edit" || tokens {
		delete(o.fees, "image")
	}
	if mode != "audio_speech" && mode != "" || tokens {
		delete(o.fees, "million_characters")
	}
}

func bandRates(bands []band) []rates {
	out := make([]rates, len(bands))
	for i := range bands {
		out[i] = bands[i].rates
	}
	return out
}

func bandOf(bands *[]band, over int64) rates {
	for i := range *bands {
		if (*bands)[i].over == over {
			return (*bands)[i].rates
		}
	}
	*bands = append(*bands, band{over, rates{}})
	return (*bands)[len(*bands)-1].rates
}

func sortBands(bands []band) {
	slices.SortFunc(bands, func(a, b band) int { return cmp.Compare(a.over, b.over) })
}

// str is a value as text; numbers as they are written.
func str(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case pyNumber:
		return string(v)
	}
	return ""
}
