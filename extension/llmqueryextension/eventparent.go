package llmqueryextension

import "github.com/watchllm/watchllm/internal/eventid"

// joinEvents finds the parents of events that name their parent by its event. Where that event has a span id of its own, and was sent
// in another request, the receiver could not know it and wrote what follows from the event's id.
func joinEvents(tenant string, nodes []*spanNode) {
	byID := make(map[string]*spanNode, len(nodes))
	for _, n := range nodes {
		byID[n.SpanID] = n
	}
	var lost []*spanNode
	for _, n := range nodes {
		if n.ParentSpanID != nil && n.parentIn(byID) == nil {
			lost = append(lost, n)
		}
	}
	if len(lost) == 0 {
		return
	}
	byEvent := map[string]*spanNode{}
	for _, n := range nodes {
		if n.nativeID != "" {
			byEvent[eventid.Span(tenant, n.nativeID).String()] = n
		}
	}
	for _, n := range lost {
		if parent := byEvent[*n.ParentSpanID]; parent != nil && parent != n {
			n.ParentSpanID = &parent.SpanID
		}
	}
}
