package casefile

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/watchllm/watchllm/internal/pricing"
)

// Case is one line of a case file. Fields that decide nothing here are left out.
type Case struct {
	ID            string                 `json:"id"`
	Category      string                 `json:"category"`
	Provider      string                 `json:"provider"`
	RequestModel  string                 `json:"request_model"`
	ResponseModel string                 `json:"response_model"`
	Timestamp     time.Time              `json:"timestamp"`
	ServiceTier   string                 `json:"service_tier"`
	Batch         bool                   `json:"batch"`
	Operation     string                 `json:"operation"`
	ServerAddress string                 `json:"server_address"`
	Attributes    map[string]any         `json:"otel_attributes"`
	Extra         map[string]any         `json:"extra"`
	Normalized    map[string]json.Number `json:"normalized"`
	UsageRaw      map[string]any         `json:"usage_raw"`
	Disputed      *Disputed              `json:"disputed"`
	Expected      Expected               `json:"expected"`
}

// Disputed is a second figure that is as defensible as the expected one.
type Disputed struct {
	CostB string `json:"cost_b"`
}

// Expected is what a case must come to. Cost is an exact decimal in USD, nil when there must be none.
type Expected struct {
	Status     string  `json:"status"`
	Cost       *string `json:"cost_usd"`
	Arithmetic string  `json:"arithmetic"`
}

// Outcome is what a case came to, as it is printed.
type Outcome struct {
	ID      string  `json:"id"`
	Status  string  `json:"status"`
	Cost    *string `json:"cost_usd"`
	Assumed string  `json:"assumed"`
}

// maxLine is the longest line read.
const maxLine = 4 << 20

// Read decodes every line of r.
func Read(r io.Reader) ([]Case, error) {
	var cases []Case
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			continue
		}
		var c Case
		d := json.NewDecoder(strings.NewReader(line))
		d.UseNumber()
		if err := d.Decode(&c); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		cases = append(cases, c)
	}
	if err := lines.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			return nil, fmt.Errorf("a line is longer than %d bytes", maxLine)
		}
		return nil, err
	}
	return cases, nil
}

// aggregate operations repeat the usage of the calls below them and have no cost of their own.
var aggregates = map[string]bool{
	"invoke_agent": true, "create_agent": true, "invoke_workflow": true, "execute_tool": true, "plan": true,
}

// Run prices a case.
func (c *Case) Run(b *pricing.Book) Outcome {
	out := Outcome{ID: c.ID}
	if aggregates[c.operation()] {
		out.Status = "skip_aggregate"
		return out
	}
	call := c.Call()
	r := b.Price(&call)
	out.Assumed = r.Assumed
	switch r.Status {
	case pricing.StatusExact, pricing.StatusAssumed, pricing.StatusEstimated:
		out.Status = "priced"
	case pricing.StatusPartial:
		out.Status = "partial_unknown"
	default:
		out.Status = string(r.Status)
	}
	if r.Amount.Known {
		s := r.Amount.String()
		out.Cost = &s
	}
	return out
}

// Call is the case as the book is asked about it: from the normalized counts where there are any, else from the attributes.
func (c *Case) Call() pricing.Call {
	call := pricing.Call{
		Provider:      c.Provider,
		RequestModel:  c.RequestModel,
		ResponseModel: c.ResponseModel,
		Operation:     c.operation(),
		ServerAddress: c.ServerAddress,
		ServiceTier:   c.ServiceTier,
		Batch:         c.Batch,
		Speed:         c.text("anthropic.speed"),
		Region:        c.text("anthropic.inference_geo"),
		ImageSize:     c.text("image.size"),
		ImageQuality:  c.text("image.quality"),
		SearchContext: c.searchContext(),
		Thinking:      c.thinking(),
		Time:          c.Timestamp,
	}
	if call.ServiceTier == "" {
		call.ServiceTier = firstText(c.Attributes, "openai.response.service_tier", "gen_ai.response.service_tier")
	}
	if len(c.Normalized) > 0 {
		call.Usage = c.normalized()
	} else {
		call.Usage = c.attributes()
	}
	c.reported(&call)
	return call
}

func (c *Case) operation() string {
	if op, ok := c.Attributes["gen_ai.operation.name"].(string); ok {
		return op
	}
	return c.Operation
}

func (c *Case) normalized() pricing.Usage {
	n := func(key string) pricing.Count { return count(c.Normalized[key]) }
	u := pricing.Usage{
		Input: n("inp"), Output: n("out"),
		CacheRead: n("cr"), CacheWrite5m: n("cw5"), CacheWrite1h: n("cw1h"), Reasoning: n("reas"),
		AudioInput: n("ain"), AudioOutput: n("aout"), ImageInput: n("iin"), ImageOutput: n("iout"), VideoInput: n("vin"),
		AudioCacheRead: n("acr"), Citation: n("cite"),
		WebSearches: n("web"), SearchUnits: n("su"), Images: n("images"), Pages: n("pages"), Characters: n("chars"),
	}
	u.Milliseconds = millis(c.Normalized["secs"])
	// The normalized form leaves out counts that are zero.
	if !u.Input.Known {
		u.Input = pricing.KnownCount(0)
	}
	if !u.Output.Known {
		u.Output = pricing.KnownCount(0)
	}
	return u
}

func (c *Case) attributes() pricing.Usage {
	n := func(key string) pricing.Count {
		v, _ := c.Attributes[key].(json.Number)
		return count(v)
	}
	const usage = "gen_ai.usage."
	u := pricing.Usage{
		Input: n(usage + "input_tokens"), Output: n(usage + "output_tokens"),
		CacheRead:    n(usage + "cache_read.input_tokens"),
		CacheWrite:   n(usage + "cache_creation.input_tokens"),
		CacheWrite1h: n("x.usage.cache_creation_1h.input_tokens"),
		Reasoning:    n(usage + "reasoning.output_tokens"),
		AudioInput:   n(usage + "audio.input_tokens"), AudioOutput: n(usage + "audio.output_tokens"),
		ImageInput: n(usage + "image.input_tokens"), VideoInput: n(usage + "video.input_tokens"),
		ImageOutput: n("x.usage.image.output_tokens"), Citation: n("x.usage.citation.output_tokens"),
		WebSearches: n("x.usage.web_search.requests"), SearchUnits: n("x.usage.search_units"), Images: n("x.usage.output.images"),
		Pages: n("x.usage.input.pages"), Characters: n("x.usage.input.characters"),
	}
	if v, ok := c.Attributes["x.usage.audio.seconds"].(json.Number); ok {
		u.Milliseconds = millis(v)
	}
	return u
}

// reported takes over the provider's own bill, from the span or from the usage block it sent.
func (c *Case) reported(call *pricing.Call) {
	set := func(v json.Number, currency string) {
		if a, err := pricing.ParseAmount(v.String()); err == nil {
			call.Reported = pricing.Reported{Amount: a, Currency: currency, Authoritative: true}
		}
	}
	if v, ok := c.Attributes["gen_ai.usage.cost.amount"].(json.Number); ok && c.Attributes["gen_ai.usage.cost.source"] == "provider" {
		set(v, firstText(c.Attributes, "gen_ai.usage.cost.currency"))
		return
	}
	switch cost := c.UsageRaw["cost"].(type) {
	case json.Number:
		set(cost, "")
	case map[string]any:
		if v, ok := cost["total_cost"].(json.Number); ok {
			set(v, "")
		}
	}
	// DeepInfra calls what it charges an estimate.
	if v, ok := c.UsageRaw["estimated_cost"].(json.Number); ok && strings.HasPrefix(strings.ToLower(c.Provider), "deepinfra") {
		set(v, "")
	}
	// xAI counts its own bills in ten-billionths of a dollar.
	if v, ok := c.UsageRaw["cost_in_usd_ticks"].(json.Number); ok {
		set(v+"e-10", "")
	}
}

func (c *Case) text(key string) string {
	if s := firstText(c.Extra, key); s != "" {
		return s
	}
	return firstText(c.Attributes, "x."+key)
}

// searchContext is the size as it was asked for, or as the usage block of the response repeats it, whosever name stands before it.
func (c *Case) searchContext() string {
	for _, m := range []map[string]any{c.Extra, c.Attributes, c.UsageRaw} {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if strings.HasSuffix(strings.ReplaceAll(k, ".", "_"), "search_context_size") {
				if s, ok := m[k].(string); ok && s != "" {
					return s
				}
			}
		}
	}
	return ""
}

// thinking reports whether a case says that the model was asked to think; thoughts that were counted say so too.
func (c *Case) thinking() bool {
	for k, v := range c.Extra {
		if on, _ := v.(bool); on && strings.HasSuffix(k, "thinking") {
			return true
		}
	}
	return false
}

func firstText(m map[string]any, keys ...string) string {
	for _, k := range keys {
		if s, ok := m[k].(string); ok && s != "" {
			return s
		}
	}
	return ""
}

func count(v json.Number) pricing.Count {
	n, err := v.Int64()
	if err != nil {
		return pricing.Count{}
	}
	return pricing.KnownCount(n)
}

func millis(v json.Number) pricing.Count {
	f, err := v.Float64()
	if err != nil {
		return pricing.Count{}
	}
	return pricing.KnownCount(int64(math.Round(f * 1000)))
}

// Passes reports whether an outcome is what the case demands: the same status and the same amount to the last digit. Of a disputed
// case either figure will do, as long as the assumption is named.
func (c *Case) Passes(o *Outcome) bool {
	if o.Status != c.Expected.Status {
		return false
	}
	if c.Expected.Cost == nil || o.Cost == nil {
		return c.Expected.Cost == nil && o.Cost == nil
	}
	if c.Disputed != nil && o.Assumed == "" {
		return false
	}
	return sameAmount(*o.Cost, *c.Expected.Cost) || c.Disputed != nil && sameAmount(*o.Cost, c.Disputed.CostB)
}

func sameAmount(a, b string) bool {
	x, err1 := pricing.ParseAmount(a)
	y, err2 := pricing.ParseAmount(b)
	return err1 == nil && err2 == nil && x == y
}
