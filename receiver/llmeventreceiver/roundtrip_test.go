package llmeventreceiver

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/contract"
	"github.com/watchllm/watchllm/internal/contract/contracttest"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/native"
)

func nativeContract(t testing.TB) *contract.Contract {
	t.Helper()
	all, err := contract.Load("../../sdk-conventions/registry/contracts")
	require.NoError(t, err)
	i := slices.IndexFunc(all, func(c *contract.Contract) bool { return c.Schema == native.Schema })
	require.GreaterOrEqual(t, i, 0)
	return all[i]
}

// turn sends a body through the receiver into OTLP and back, and holds what comes back against what was sent.
func turn(t testing.TB, c *contract.Contract, body string, logsAsSpans bool) {
	t.Helper()
	traces, logs, in, duplicates := convert(t, []byte(body), false, logsAsSpans)
	require.Empty(t, in.rejected, body)
	require.Zero(t, duplicates)
	got := inverter{t, c}.all(traces, logs)

	v, err := jsontree.Parse([]byte(body), jsontree.DefaultLimits)
	require.NoError(t, err)
	n := normalizer{t, c}
	envelope, envelopeKept := object{}, object{}
	n.members(v, append(c.Envelope, contract.Field{Name: "events", Kind: "any"}), envelope, envelopeKept, "")
	delete(envelope, "events")
	delete(envelope, "schema")
	resource, _ := envelope["resource"].(object)
	for i, e := range v.Get("events").Elements() {
		want := n.event(e)
		id, _ := want["id"].(string)
		if id == "" {
			require.Equal(t, 1, v.Get("events").Len(), "only a lone event is found without its id")
			for _, f := range got {
				got[id] = f
			}
		}
		f, ok := got[id]
		require.True(t, ok, "event %d is gone: %s", i, body)
		if want["environment"] == nil && resource["deployment.environment.name"] != nil { // the resource's is every event's
			want["environment"] = resource["deployment.environment.name"]
		}
		if logsAsSpans && want["type"] == "log" && want["body"] != nil {
			want["body"] = contentNormal(textOf(want["body"]))
		}
		require.Equal(t, want, f.event, body)
		wantEnvelope := object{}
		for name, field := range envelope {
			wantEnvelope[name] = field
		}
		for name, field := range envelopeKept {
			wantEnvelope[strings.TrimPrefix(name, "sdk/")] = field
		}
		for _, name := range []string{"batch_id", "sent_at", "resource"} {
			if name == "resource" && len(resource) <= 1 && resource["deployment.environment.name"] != nil {
				continue
			}
			require.Equal(t, wantEnvelope[name], f.envelope[name], body)
		}
	}
}

func textOf(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, _ := json.Marshal(v) // it came from JSON
	return string(b)
}

// TestRoundTrip proves that nothing of an event is lost in OTLP: every form a field can have, one by one.
func TestRoundTrip(t *testing.T) {
	c := nativeContract(t)
	for _, e := range []string{
		`{"id":"1","type":"llm.call"}`,
	} {
		body := `{"events":[` + e + `]}`
		for _, logsAsSpans := range []bool{false, true} {
			turn(t, c, body, logsAsSpans)
		}
		require.NoError(t, contracttest.Conforms(t, 1, body), body)
	}
}

// TestRoundTripOfAnything does so for events of every type with fields by chance.
func TestRoundTripOfAnything(t *testing.T) {
	c := nativeContract(t)
	for seed := range uint64(3000) {
		body := generate(c, rand.New(rand.NewPCG(seed, 1)))
		turn(t, c, body, seed%2 == 1)
		require.NoError(t, contracttest.Conforms(t, 1, body), body)
	}
}

func FuzzRoundTrip(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed, seed)
	}
	c := nativeContract(f)
	f.Fuzz(func(t *testing.T, a, b uint64) {
		body := generate(c, rand.New(rand.NewPCG(a, b)))
		turn(t, c, body, a%2 == 1)
	})
}
