package late

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
)

func records(from, to, size int) []*event.Record {
	var out []*event.Record
	for i := from; i < to; i++ {
		rec := event.NewRecord(0, "s/1")
		rec.ID, rec.SpanID = fmt.Sprint("e", i), fmt.Sprint("s", i)
		rec.Place.Span = event.SpanIDOf(rec.SpanID)
		rec.Source = []byte(`{"type":"llm.call","x":"` + strings.Repeat("x", size) + `"}`)
		out = append(out, rec)
	}
	return out
}

func TestHeldIsBounded(t *testing.T) {
	now := time.Unix(1e9, 0)
	h := NewHeld(Limits{Bytes: 100_000, TenantBytes: 40_000, Window: time.Minute}, func() time.Time { return now })
	acme, other := tenancy.Owner{Tenant: "acme", Project: "shop"}, tenancy.Owner{Tenant: "beta", Project: "shop"}
	held := func(o tenancy.Owner, from, to int) (n int) {
		for i := from; i < to; i++ {
			e := h.ByID(o, fmt.Sprint("e", i))
			require.Same(t, e, h.BySpan(o, event.SpanIDOf(fmt.Sprint("s", i))))
			if e != nil {
				n++
			}
		}
		return n
	}
	for i := range 100 {
		h.Put(acme, &Origin{}, records(i, i+1, 1000))
		events, bytes := h.Stats()
		require.LessOrEqual(t, bytes, int64(40_000))
		require.EqualValues(t, held(acme, 0, 100), events)
	}
	require.Equal(t, 27, held(acme, 73, 100), "the newest")
	require.Nil(t, h.ByID(other, "e99"), "another tenant's")
	require.Nil(t, h.ByID(tenancy.Owner{Tenant: "acme", Project: "lab"}, "e99"), "another project's")

	for tenant := range 5 {
		h.Put(tenancy.Owner{Tenant: fmt.Sprint(tenant), Project: ""}, &Origin{}, records(0, 20, 1000))
		_, bytes := h.Stats()
		require.LessOrEqual(t, bytes, int64(100_000))
	}
	require.Zero(t, held(acme, 0, 100), "the oldest of all had to go")

	h.Put(acme, &Origin{}, records(0, 1, 200_000))
	require.Zero(t, held(acme, 0, 1), "more than a tenant may have")

	// What completes an event counts too.
	h.Put(acme, &Origin{}, records(0, 1, 1000))
	rev := h.ByID(acme, "e0").Apply(func([]byte) (*event.Record, *event.Rejection) { return event.NewRecord(0, "s/1"), nil },
		[]Change{{Part: event.Part{Text: []byte(`{"y":"` + strings.Repeat("y", 60_000) + `"}`)}}})
	require.NotNil(t, rev.Record)
	h.Grow(&rev)
	require.Zero(t, held(acme, 0, 1))
	h.Grow(&rev) // is forgotten already

	now = now.Add(time.Minute)
	events, bytes := h.Stats()
	require.Zero(t, events+bytes)
	require.Empty(t, h.tenants)
	require.Zero(t, h.batches.Len())
}

func TestWhatIsHeldStaysAsItWas(t *testing.T) {
	h := NewHeld(Limits{Bytes: 1 << 30, TenantBytes: 1 << 30, Window: time.Minute}, time.Now)
	acme := tenancy.Owner{Tenant: "acme", Project: "shop"}
	body := records(0, 3000, 1000)
	h.Put(acme, &Origin{Resource: pcommon.NewMap()}, body)
	events, _ := h.Stats()
	require.EqualValues(t, 3000, events)
	require.Equal(t, 3, h.batches.Len(), "a large request is not forgotten as a whole")
	e := h.ByID(acme, "e2999")
	want := string(body[2999].Source)
	for _, rec := range body {
		clear(rec.Source) // the buffer of the request is used for the next one
	}
	require.Equal(t, want, string(e.base))
	h.Put(acme, &Origin{}, body)
	require.Same(t, e, h.ByID(acme, "e2999"))
}

func TestComposeKeepsTextValid(t *testing.T) {
	require.JSONEq(t, `{"status":{"code":"error","error_type":"a\"b\\c\u0001","message":"é"}}`, string(Failure("a\"b\\c\x01", "é")))
	require.JSONEq(t, `{"model":"m","usage":{"input_tokens":1}}`,
		string(Usage([]byte(`{"id":"x","type":"token_usage","time":1,"callId":"c","model":"m","cost":null,"usage":{"input_tokens":1}}`))))
	require.Nil(t, Usage([]byte(`{`)))
}
