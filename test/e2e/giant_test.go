package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// Whatever the receivers admit is stored: a span of almost 32 MiB, alone and beside small ones, is not dropped behind the queue.
func TestGiantSpansAreStored(t *testing.T) {
	i := startInstance(t, []string{"giant"})
	const sizeMiB = 31
	text := strings.Repeat("a long conversation, ", sizeMiB<<20/21)
	for _, spans := range []int{1, 5} {
		r := requestOf(spans)
		r.Traces().ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Attributes().PutStr("gen_ai.input.messages", text)
		if err := i.post("giant", r); err != nil {
			t.Fatal(err)
		}
	}
	within(t, lateLimit, "both giants and the small ones", func() error { return i.exactly("giant", 6) })
	sizes, err := i.sql(fmt.Sprintf("SELECT countIf(length(input_messages) > %d) FROM llm_spans", 30<<20))
	if err != nil || sizes != "2" {
		t.Errorf("%s giants have their whole text (%v), want 2", sizes, err)
	}
}
