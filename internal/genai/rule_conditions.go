package genai

import "strings"

// maxCondition bounds the text of a condition. A longer one is no condition of any price list.
const maxCondition = 64

// applyConditions finds what decides the price beside the counts.
func applyConditions(r *reading) {
	f, c := r.facts, r.call
	c.ServiceTier = r.tier()
	c.AskedTier = condition(f.str(fieldRequestTier))
	batch, _ := f.boolean(fieldBatch)
	c.Batch = batch || strings.EqualFold(c.ServiceTier, "batch")
	c.Speed = condition(f.str(fieldSpeed), r.said.speed)
	c.Region = condition(f.str(fieldRegion), r.said.region, r.cloudRegion())
	c.Thinking = r.thinking()
	c.SearchContext = condition(f.str(fieldSearchContext), r.said.searchContext)
	c.ImageSize = condition(f.str(fieldImageSize))
	c.ImageQuality = condition(f.str(fieldImageQuality))
	if c.Provider == "perplexity" && !strings.Contains(c.RequestModel+c.ResponseModel, "deep-research") {
		// Its other models take a fee for the request, whatever they searched.
		r.usage.WebSearches = Count{}
	}
}

// condition is the first of the texts that there is.
func condition(texts ...string) string {
	for _, s := range texts {
		if s != "" && len(s) <= maxCondition {
			return s
		}
	}
	return ""
}

// tier is the tier that decides the price: the one that served the call. A requested tier counts only where a provider cannot have
// served another one: a flex or batch request is never upgraded in silence, a priority request may be downgraded.
func (r *reading) tier() string {
	if served := condition(r.facts.str(fieldResponseTier), r.said.tier); served != "" {
		return served
	}
	if asked := r.facts.str(fieldRequestTier); asked == "flex" || asked == "batch" {
		return asked
	}
	return ""
}

// cloudRegion is the region of the cloud account on the span, where that cloud is the provider. On Azure it says where the resource
// was made and not who processes its calls: that is the deployment's type.
func (r *reading) cloudRegion() string {
	switch r.call.Provider {
	case "aws.bedrock", "gcp.vertex_ai":
		return r.facts.str(fieldCloudRegion)
	default:
		return ""
	}
}

// thinking tells a call in a thinking mode. Reasoning tokens say so too, and the price book sees them.
func (r *reading) thinking() bool {
	f := r.facts
	if on, ok := f.boolean(fieldThinking); ok {
		return on
	}
	switch f.str(fieldThinking) {
	case "enabled", "adaptive", "on":
		return true
	}
	if r.call.Provider != "alibaba_cloud" {
		return false
	}
	// Alibaba's API has a thinking mode and no levels; a client with levels switches it on with any of them.
	switch f.str(fieldReasoningLevel) {
	case "", "none", "off", "disabled":
		return false
	default:
		return true
	}
}
