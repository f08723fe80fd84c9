package casefile

import "fmt"

// Source is one of the descriptions of a case's usage.
type Source string

// Auto is the best description there is: the normalized counts, else the provider's usage object, else the span's attributes. The first
// was converted by who wrote the case, the second leaves the reading to what is known of the provider, the third also that of the client.
const (
	Auto           Source = "auto"
	FromNormalized Source = "normalized"
	FromUsage      Source = "usage"
	FromAttributes Source = "attributes"
)

// ParseSource reads a source's name.
func ParseSource(s string) (Source, error) {
	switch from := Source(s); from {
	case Auto, FromNormalized, FromUsage, FromAttributes:
		return from, nil
	}
	return "", fmt.Errorf("%q: one of auto, normalized, usage, attributes", s)
}

// Best resolves Auto for one case; other sources stay what they are.
func (c *Case) Best(from Source) Source {
	switch {
	case from != Auto:
		return from
	case len(c.Normalized) > 0:
		return FromNormalized
	case len(c.UsageRaw) > 0 && c.rawUsage() != nil:
		return FromUsage
	default:
		return FromAttributes
	}
}
