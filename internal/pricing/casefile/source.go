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

// Best resolves Auto for one case; other sources stay what they are. Normalized counts with a name that means nothing here come after a
// usage object that can be read.
func (c *Case) Best(from Source) Source {
	if from != Auto {
		return from
	}
	_, unread := c.normalizedUsage()
	switch {
	case len(c.Normalized) > 0 && unread == "":
		return FromNormalized
	case c.rawUsage() != nil:
		return FromUsage
	case len(c.Normalized) > 0:
		return FromNormalized
	default:
		return FromAttributes
	}
}
