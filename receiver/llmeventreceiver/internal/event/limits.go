package event

import "time"

// Limits of one event.
type Limits struct {
	// EventBytes is the size of one event's JSON.
	EventBytes int
	// ContentBytes is the size of one content field, such as input_messages; longer ones are cut and marked.
	ContentBytes int
}

// Limits that are not worth a setting.
const (
	// maxIDLength is that of the contract.
	maxIDLength = 64
	// maxNameLength bounds names that become attribute keys: longer ones are data in the wrong place.
	maxNameLength = 256
	// maxAttributes bounds what one event may add to a span.
	maxAttributes = 1024
	// maxClockLead is how far ahead a sender's clock may be before ours is used instead.
	maxClockLead = 24 * time.Hour
	// maxTokens is the largest integer that survives every JSON library, 2^53.
	maxTokens = 1 << 53
)
