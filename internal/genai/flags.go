package genai

import "github.com/watchllm/watchllm/internal/semconv"

// Flags are the invariants that the reported counts violate and the coercions that were needed to read them.
type Flags uint16

// One bit per value of watchllm.usage.flags.
const (
	FlagCacheExceedsInput Flags = 1 << iota
	FlagReasoningExceedsOutput
	FlagNegativeCount
	FlagUnreadableCount
	FlagStringCount
	FlagFloatCount
	FlagTotalMismatch
	FlagReasoningAdded
	FlagUsageFromAggregate
)

var flagNames = [...]string{
	semconv.UsageFlagsCacheExceedsInput,
	semconv.UsageFlagsReasoningExceedsOutput,
	semconv.UsageFlagsNegativeCount,
	semconv.UsageFlagsUnreadableCount,
	semconv.UsageFlagsStringCount,
	semconv.UsageFlagsFloatCount,
	semconv.UsageFlagsTotalMismatch,
	semconv.UsageFlagsReasoningAdded,
	semconv.UsageFlagsUsageFromAggregate,
}

// Each calls yield with the name of every flag that is set, always in the same order.
func (f Flags) Each(yield func(string) bool) {
	for i, name := range flagNames {
		if f&(1<<i) != 0 && !yield(name) {
			return
		}
	}
}

// flagByName is zero for a name that is none of ours.
func flagByName(name string) Flags {
	for i, n := range flagNames {
		if n == name {
			return 1 << i
		}
	}
	return 0
}
