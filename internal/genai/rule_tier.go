package genai

// applyServiceTier finds the tier that decides the price: the one that served the call. A requested tier counts only where a provider
// cannot have served another one: a flex or batch request is never upgraded in silence, a priority request may be downgraded.
func applyServiceTier(r *reading) {
	c := r.call
	c.ServiceTier = r.facts.str(fieldResponseTier)
	if c.ServiceTier == "" {
		if asked := r.facts.str(fieldRequestTier); asked == "flex" || asked == "batch" {
			c.ServiceTier = asked
		}
	}
	c.Batch = c.ServiceTier == "batch"
	c.Speed = r.facts.str(fieldSpeed)
}
