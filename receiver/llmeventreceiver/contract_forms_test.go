package llmeventreceiver

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/plog"

	"github.com/watchllm/watchllm/internal/contract/contracttest"
)

// event1 is an event of the native contract with the id.
func event1(id string) string {
	return `{"id":"` + id + `","type":"llm.call","time":"2026-11-23T10:00:00Z","model":"gpt-4o"}`
}

func gzipped(t *testing.T, s string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(s))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

func zstandard(t *testing.T, s string) string {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	defer w.Close()
	return string(w.EncodeAll([]byte(s), nil))
}

// Every form of a request is the same events.
func TestContractForms(t *testing.T) {
	two := event1("a") + "," + event1("b")
	envelope := `{"schema":"watchllm.events/1","batch_id":"01J","sent_at":"2026-11-23T10:00:00.123Z","sdk":{"name":"py","version":"0.3.0"},"resource":{"service.name":"shop"},"events":[` + two + `]}`
	header := strings.Replace(envelope, `,"events":[`+two+`]`, "", 1)
	lines := event1("a") + "\n" + event1("b")
	for name, c := range map[string]struct {
		body     string
		headers  []string
		accepted int
		wrapped  bool
	}{
		"envelope":                  {body: envelope, accepted: 2, wrapped: true},
		"envelope, gzip":            {body: gzipped(t, envelope), headers: []string{"Content-Encoding", "gzip"}, accepted: 2, wrapped: true},
		"envelope, zstd":            {body: zstandard(t, envelope), headers: []string{"Content-Encoding", "zstd"}, accepted: 2, wrapped: true},
		"a list beside nothing":     {body: `{"events":[` + two + `]}`, accepted: 2},
		"a bare list":               {body: "[" + two + "]", accepted: 2},
		"a bare event":              {body: event1("a"), accepted: 1},
		"a bare event, its schema":  {body: strings.Replace(event1("a"), "{", `{"schema":"watchllm.events/1",`, 1), accepted: 1},
		"lines":                     {body: lines, headers: []string{"Content-Type", "application/x-ndjson"}, accepted: 2},
		"lines, gzip":               {body: gzipped(t, lines), headers: []string{"Content-Type", "application/x-ndjson", "Content-Encoding", "gzip"}, accepted: 2},
		"lines after an envelope":   {body: header + "\n" + lines + "\n", headers: []string{"Content-Type", "application/x-ndjson"}, accepted: 2, wrapped: true},
		"lines of a stream of JSON": {body: "\n" + lines + "\r\n\r\n", headers: []string{"Content-Type", "application/jsonl; charset=utf-8"}, accepted: 2},
		"an empty list":             {body: `{"events":[]}`, accepted: 0},
	} {
		for _, path := range []string{"/api/v1/events", "/api/v1/events/batch"} {
			t.Run(name+" "+path, func(t *testing.T) {
				f := start(t, options{})
				a := f.post(t, path, c.body, c.headers...)
				require.Equal(t, 202, a.status, a.text)
				require.Equal(t, c.accepted, f.traces.SpanCount())
				if c.accepted == 0 {
					return
				}
				require.JSONEq(t, fmt.Sprintf(`{"accepted":%d,"duplicates":0,"rejected":[]}`, c.accepted), a.text)
				for id, got := range factsOf(f.traces.AllTraces()[0], plog.NewLogs()) {
					require.Contains(t, "ab", id)
					want := facts{"watchllm.native.batch_id": "", "watchllm.native.sent_at": "", "RESOURCE service.name": "", "RESOURCE telemetry.sdk.name": "", "RESOURCE telemetry.sdk.version": ""}
					if c.wrapped {
						want = facts{
							"watchllm.native.batch_id": "01J", "watchllm.native.sent_at": "2026-11-23T10:00:00.123Z",
							"RESOURCE service.name": "shop", "RESOURCE telemetry.sdk.name": "py", "RESOURCE telemetry.sdk.version": "0.3.0",
						}
					}
					for key, v := range want {
						require.Equal(t, v, got[key], key)
					}
				}
			})
		}
	}
}

// What an envelope says is kept, also where it says it of everything twice.
func TestContractEnvelope(t *testing.T) {
	body := `{"events":[{"id":"a","type":"llm.call","environment":"dev"},{"id":"b","type":"log"}],"batchId":7,"sentAt":"1795428000123",
		"sdk":{"name":"py","language":"python"},"resource":{"deployment.environment.name":"prod","telemetry.sdk.name":"otel","watchllm.tenant.id":"forged"},"trailer":{"a":1}}`
	require.NoError(t, contracttest.Conforms(t, 1, body))
	traces, logs, _, _ := convert(t, []byte(body), false, false)
	all := factsOf(traces, logs)
	for id, want := range map[string]facts{
		"a": {"RESOURCE deployment.environment.name": "dev", "RESOURCE watchllm.native.resource.deployment.environment.name": "prod"},
		"b": {"RESOURCE deployment.environment.name": "prod", "AS": "log"},
	} {
		for key, v := range (facts{
			"watchllm.native.batch_id": "7", "watchllm.native.sent_at": "1795428000123", "RESOURCE telemetry.sdk.name": "py",
			"RESOURCE watchllm.native.resource.telemetry.sdk.name": "otel", "RESOURCE watchllm.native.sdk.language": "python",
			"RESOURCE watchllm.native.attributes.watchllm.tenant.id": "forged", "RESOURCE watchllm.tenant.id": "", "RESOURCE watchllm.native.envelope.trailer": `{"a":1}`,
		}) {
			want[key] = v
		}
		for key, v := range want {
			require.Equal(t, v, all[id][key], "%s of %s", key, id)
		}
	}
	for body, field := range map[string]string{
		`{"events":[],"batch_id":{}}`:     "batch_id",
		`{"events":[],"sent_at":"soon"}`:  "sent_at",
		`{"events":[],"sdk":"py"}`:        "sdk",
		`{"events":[],"sdk":{"name":[]}}`: "sdk.name",
		`{"events":[],"resource":"shop"}`: "resource",
	} {
		d := newDecoder(createDefaultConfig().(*Config), "shop", testClock)
		_, p := d.json([]byte(body))
		require.NotNil(t, p, body)
		require.Equal(t, 422, p.Status)
		require.Equal(t, field, p.Field)
		require.Error(t, contracttest.Conforms(t, 1, body), body)
	}
}

func TestContractSchemas(t *testing.T) {
	f := start(t, options{})
	supported := []any{"watchllm.events/1", "watchllm.events/0"}
	for body, conforming := range map[string]bool{
		`{"schema":"watchllm.events/2","events":[` + event1("a") + `]}`: false,
		`{"schema":1,"events":[` + event1("a") + `]}`:                   false,
		`{"schema":"watchllm.events/2","id":"a","type":"llm.call"}`:     false,
		`[{"schema":"watchllm.events/2","id":"a","type":"llm.call"}]`:   false,
	} {
		a := f.post(t, "/api/v1/events", body)
		require.Equal(t, 400, a.status, a.text)
		require.Equal(t, "unsupported_schema", a.json(t)["code"])
		require.Equal(t, supported, a.json(t)["supported"])
		require.Equal(t, conforming, contracttest.Conforms(t, 1, body) == nil, body)
	}
	a := f.post(t, "/api/v1/events", `[`+event1("a")+`,{"schema":"watchllm.events/2","id":"b","type":"llm.call"}]`)
	require.Equal(t, 202, a.status, "one event of tomorrow costs only itself")
	require.Contains(t, a.text, `{"index":1,"code":"unsupported_schema","field":"schema"`)
	a = f.post(t, "/api/v1/events", `{"schema":"watchllm.events/0","type":"log","body":{"message":"x"}}`)
	require.Equal(t, 202, a.status, a.text)
	require.Equal(t, "@1795392000", a.header.Get("Deprecation"))
	require.Equal(t, `</api/v1/schema/events/1>; rel="successor-version"`, a.header.Get("Link"))
	require.Empty(t, f.post(t, "/api/v1/events", event1("a")).header.Get("Link"))
}

// Limits of the contract, as they are without any configuration.
func TestContractLimits(t *testing.T) {
	f := start(t, options{})
	var events []string
	for i := range 1001 {
		events = append(events, event1(fmt.Sprint(i)))
	}
	a := f.post(t, "/api/v1/events", "["+strings.Join(events[:1000], ",")+"]")
	require.Equal(t, 202, a.status)
	require.EqualValues(t, 1000, a.json(t)["accepted"])
	a = f.post(t, "/api/v1/events", "["+strings.Join(events, ",")+"]")
	require.Equal(t, 413, a.status)
	require.Equal(t, "too_many_events", a.json(t)["code"])
	require.Error(t, contracttest.Conforms(t, 1, "["+strings.Join(events, ",")+"]"))

	large := func(size int) string {
		head := `{"id":"big","type":"log","body":"`
		return head + strings.Repeat("x", size-len(head)-2) + `"}`
	}
	a = f.post(t, "/api/v1/events", "["+large(1<<20)+","+strings.Replace(large(1<<20+1), "big", "too", 1)+"]")
	require.Equal(t, 202, a.status)
	require.EqualValues(t, 1, a.json(t)["accepted"])
	require.Contains(t, a.text, `"id":"too","code":"too_large"`)

	// Text of 64 characters by chance has six bits in every byte, so eight MiB of it stay more than five.
	noise := make([]byte, 8<<20)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"[r.IntN(64)]
	}
	for encoding, compress := range map[string]func(*testing.T, string) string{"gzip": gzipped, "zstd": zstandard} {
		small, big := compress(t, event1("x")+"\n"+string(noise[:4<<20])), compress(t, event1("x")+"\n"+string(noise))
		require.Less(t, len(small), 5<<20)
		require.Greater(t, len(big), 5<<20)
		a := f.post(t, "/api/v1/events", small, "Content-Encoding", encoding, "Content-Type", "application/x-ndjson")
		require.Equal(t, 202, a.status, "%s: %s", encoding, a.text)
		a = f.post(t, "/api/v1/events", big, "Content-Encoding", encoding, "Content-Type", "application/x-ndjson")
		require.Equal(t, 413, a.status, "%s: %s", encoding, a.text)
		require.Contains(t, a.text, "5242880")
	}
	require.Equal(t, 202, f.post(t, "/api/v1/events", event1("a")+strings.Repeat(" ", 6<<20)).status, "what is not compressed may be longer")
	require.Equal(t, 413, f.post(t, "/api/v1/events", event1("a")+strings.Repeat(" ", 20<<20)).status)
	require.Equal(t, 413, f.post(t, "/api/v1/events", gzipped(t, event1("a")+strings.Repeat(" ", 20<<20)), "Content-Encoding", "gzip").status, "inflated, it has a limit too")
	require.Equal(t, 413, f.post(t, "/api/v1/events", zstandard(t, event1("a")+strings.Repeat(" ", 20<<20)), "Content-Encoding", "zstd").status)
}
