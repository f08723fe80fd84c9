package llmqueryextension

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/eventid"
)

func TestEventsThatNameTheirParentByItsEvent(t *testing.T) {
	s := newTestStore(t)
	event := func(n int, id, parent string) testSpan {
		return call(1, n, testNow.Add(-time.Hour+time.Duration(n)*time.Second), time.Second).with(func(s *testSpan) {
			s.Strings = map[string]string{"watchllm.native.id": id}
			if parent != "" {
				s.Parent = eventid.Span(s.Tenant, parent).String()
			}
		})
	}
	s.insert(t,
		event(1, "root", ""),
		event(2, "child", "root"),
		event(3, "grandchild", "child"),
		event(4, "own parent", "own parent"),
		event(5, "orphan", "never sent"),
		event(6, "of another tenant's", "").with(func(s *testSpan) { s.Parent = eventid.Span("rival", "root").String() }),
	)
	a := newTestAPI(t, s.conn, s.config.Target())
	got := body[traceDetail](t, a, "shop", "/api/v1/traces/"+traceID(1))
	require.Len(t, got.Spans, 4)
	root := got.Spans[0]
	require.Equal(t, spanID(2), root.Children[0].SpanID)
	require.Equal(t, spanID(1), *root.Children[0].ParentSpanID, "as the store knows the parent")
	require.Equal(t, spanID(3), root.Children[0].Children[0].SpanID)
	for _, n := range got.Spans[1:] {
		require.True(t, n.ParentMissing, n.SpanID)
	}
}
