package vendortest

import (
	"testing"
	"unicode/utf8"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendorjson"
)

// beyond is how many attributes a span may have over the limit: those of fixed names, that are written whatever else is there.
const beyond = 64

// growth is how many times larger than a body what it says may be: formats say once what belongs to many, and one byte that is not
// text becomes three.
const growth = 64

// Fuzz decodes arbitrary bodies: none may panic, make more of a span than a span may have, or be read differently the second time;
// and what was decoded can be assembled and read.
func Fuzz(f *testing.F, d foreign.Decoder, target string) {
	f.Helper()
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := d.Decode(Request(target, body))
		if err != nil {
			return
		}
		for i := range r.Parts {
			if n := r.Parts[i].Attributes.Len(); n > vendorjson.MaxAttributes+beyond {
				t.Fatalf("%d attributes on one span", n)
			}
		}
		if err := foreign.CheckSize(r.Parts, growth*int64(len(body))+1<<16); err != nil {
			t.Fatalf("%d bytes became too many: %v", len(body), err)
		}
		for i := range r.Parts {
			p := &r.Parts[i]
			for _, attrs := range []pcommon.Map{p.Attributes, p.Resource, p.RootOnly} {
				for key, v := range attrs.All() {
					if !utf8.ValidString(key) || !utf8.ValidString(v.AsString()) {
						t.Fatalf("%q is not UTF-8", key)
					}
				}
			}
			if !utf8.ValidString(p.Name + p.StatusMessage) {
				t.Fatalf("%q is not UTF-8", p.Name)
			}
		}
		again, err := d.Decode(Request(target, body))
		if err != nil || len(again.Parts) != len(r.Parts) || again.Rejected != r.Rejected {
			t.Fatalf("the same body was read differently: %v", err)
		}
		calls, _, err := assemble(d.Name, [][]foreign.Part{r.Parts})
		if err != nil {
			t.Fatal(err)
		}
		repeated, _, err := assemble(d.Name, [][]foreign.Part{again.Parts})
		if err != nil || len(calls) != len(repeated) {
			t.Fatalf("the same parts were put together differently: %v", err)
		}
		for i := range calls {
			a, b := calls[i].Span, repeated[i].Span
			if a.TraceID() != b.TraceID() || a.SpanID() != b.SpanID() || a.ParentSpanID() != b.ParentSpanID() || a.TraceID().IsEmpty() || a.SpanID().IsEmpty() {
				t.Fatalf("%s:%s is another span the second time: %s:%s", a.TraceID(), a.SpanID(), b.TraceID(), b.SpanID())
			}
		}
		for i := range calls {
			if u := &calls[i].Usage; u.Input.N < 0 || u.Output.N < 0 {
				t.Fatalf("a negative count: %+v", u)
			}
		}
	})
}
