package vendortest

import (
	"testing"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/vendorjson"
)

// beyond is how many attributes a span may have over the limit: those of fixed names, that are written whatever else is there.
const beyond = 64

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
		again, err := d.Decode(Request(target, body))
		if err != nil || len(again.Parts) != len(r.Parts) || again.Rejected != r.Rejected {
			t.Fatalf("the same body was read differently: %v", err)
		}
		calls, _, err := assemble(d.Name, [][]foreign.Part{r.Parts})
		if err != nil {
			t.Fatal(err)
		}
		for i := range calls {
			if u := &calls[i].Usage; u.Input.N < 0 || u.Output.N < 0 {
				t.Fatalf("a negative count: %+v", u)
			}
		}
	})
}
