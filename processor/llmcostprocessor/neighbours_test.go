package llmcostprocessor

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/watchllm/watchllm/internal/testkit"
)

// Applications of one tenant that make equal calls at the same time swallow nothing of each other: the recorded cases, one of each
// client at a time, each client a service of its own, all moved to one moment and their spans mixed.
func TestNeighboursKeepTheirCalls(t *testing.T) {
	byClient := map[string][]testkit.Case{}
	var clients []string
	for _, c := range testkit.Cases(t) {
		if !c.HasTraces() || unsupported()[c.Name()] {
			continue
		}
		if byClient[c.Dir] == nil {
			clients = append(clients, c.Dir)
		}
		byClient[c.Dir] = append(byClient[c.Dir], c)
	}
	rounds := 0
	for _, of := range byClient {
		rounds = max(rounds, len(of))
	}
	for round := range rounds {
		var mixed []ptrace.Traces
		var want testkit.CaseFigures
		for _, client := range clients {
			cases := byClient[client]
			c := &cases[round%len(cases)]
			requests := c.Traces(t)
			atOneMoment(requests)
			for _, td := range requests {
				for _, rs := range td.ResourceSpans().All() {
					rs.Resource().Attributes().PutStr("service.name", client)
				}
			}
			mixed = append(mixed, requests...)
			alone, _ := newTestProcessor(t, createDefaultConfig().(*Config))
			settled, _ := stored(t, alone, requests)
			add(&want, settled)
		}
		p, _ := newTestProcessor(t, createDefaultConfig().(*Config))
		got, _ := stored(t, p, shuffled(uint64(round))(mixed))
		assert.Equal(t, want.String(), got.String(), "round %d", round)
	}
}

const moment = pcommon.Timestamp(1_790_000_000_000_000_000)

func atOneMoment(requests []ptrace.Traces) {
	first := pcommon.Timestamp(1<<64 - 1)
	var spans []ptrace.Span
	for _, td := range requests {
		spans = slices.Concat(spans, allSpans(td))
	}
	for _, s := range spans {
		first = min(first, s.StartTimestamp())
	}
	for _, s := range spans {
		s.SetStartTimestamp(s.StartTimestamp() - first + moment)
		s.SetEndTimestamp(s.EndTimestamp() - first + moment)
	}
}

func add(sum *testkit.CaseFigures, more testkit.CaseFigures) {
	sum.Calls += more.Calls
	sum.FailedCalls += more.FailedCalls
	for _, pair := range [...]struct {
		to   **int64
		from *int64
	}{
		{&sum.Input, more.Input}, {&sum.Output, more.Output}, {&sum.CacheRead, more.CacheRead},
		{&sum.CacheWrite, more.CacheWrite}, {&sum.Reasoning, more.Reasoning},
	} {
		if pair.from == nil {
			continue
		}
		n := *pair.from
		if *pair.to != nil {
			n += **pair.to
		}
		*pair.to = &n
	}
}
