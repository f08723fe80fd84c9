package genai

import (
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// FuzzContentPolicy cuts and drops whatever spans there may be: nothing is longer than the limit, and nothing is left after a drop.
func FuzzContentPolicy(f *testing.F) {
	f.Add([]byte("\x01\x00chat"), uint16(300), true)
	f.Fuzz(func(t *testing.T, data []byte, limit uint16, drop bool) {
		span, scope := spanFrom(data)
		e := span.Events().AppendEmpty()
		e.SetName("gen_ai.user.message")
		span.Attributes().CopyTo(e.Attributes())
		span.Status().SetMessage(string(data))
		var r Reader
		var c Call
		var l ContentLimiter
		if r.Read(span, &scope, &c) {
			r.Write(span, &c, false)
		}
		policy := ContentPolicy{Mode: CutContent, MaxBytes: 256 + int(limit)}
		if drop {
			policy.Mode = DropContent
		}
		l.Apply(span, &scope, policy)
		for _, attrs := range []pcommon.Map{span.Attributes(), e.Attributes()} {
			for key, v := range attrs.All() {
				if rank, _ := flatList(key); rank > 0 || !IsContentKey(key) || !mayHoldText(v) || key == "gen_ai.tool.definitions" {
					continue
				}
				if drop {
					t.Fatalf("%s is left: %s", key, v.AsString())
				}
				if size := sizeOf(v); v.Type() != pcommon.ValueTypeBytes && size > policy.MaxBytes {
					t.Fatalf("%s has %d bytes, limit %d", key, size, policy.MaxBytes)
				}
			}
		}
		if once := l.Apply(span, &scope, policy); once.Fields > 0 {
			t.Fatalf("applied again, it takes %d fields more: %s", once.Fields, strings.Join(l.names, " "))
		}
	})
}
