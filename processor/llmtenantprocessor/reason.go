package llmtenantprocessor

// reason is why data was refused, as a metric counts it.
type reason int

const (
	reasonNoIdentity reason = iota
	reasonRole
	reasonRate
	reasonKeyRate
	reasonRateBytes
	reasonKeyRateBytes
	reasonShare
	reasonSaturated
	reasonRequest
	reasonAttributeSize
	reasonItemSize
	reasonAdmission
	reasonContentPolicy
	reasons
)

func (r reason) String() string {
	return [reasons]string{
		"no_identity", "role", "rate", "key_rate", "rate_bytes", "key_rate_bytes", "share", "saturated", "request", "attribute_size",
		"item_size", "admission", "content_policy",
	}[r]
}
