package llmeventreceiver

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/extension/extensiontest"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/metadata"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/metadatatest"
)

// Clients look at what they are answered: for the status, or for each of their records.
func TestVendorAnswers(t *testing.T) {
	f := start(t, options{edit: withVendors, auth: true})
	a := f.post(t, "/api/public/ingestion", `{"batch":[`+langfuseTrace+`,{"id":"bad","type":"span-update","body":{}},{"id":"odd","type":"cake-bake","body":{}},7,`+
		`{"id":"e9","type":"score-create","timestamp":"2026-11-23T09:00:05Z","body":{"id":"s1","name":"helpful","value":1,"comment":"good","traceId":"t","observationId":"g"}}]}`)
	require.Equal(t, 207, a.status, a.text)
	require.JSONEq(t, `{"successes":[{"id":"e0","status":201},{"id":"e9","status":201}],"errors":[
		{"id":"bad","status":400,"message":"Invalid request data","error":"body.id: is missing; an update names what it updates"},
		{"id":"odd","status":400,"message":"Invalid request data","error":"body: cake-bake"},
		{"id":"","status":400,"message":"Invalid request data","error":"type: is missing"}]}`, strings.Replace(a.text, "type: cake-bake is not known", "body: cake-bake", 1))

	require.Equal(t, 202, f.post(t, "/runs/batch", langSmithRun(`{}`)).status)
	require.Equal(t, 202, f.post(t, "/feedback", `{"key":"helpful","run_id":"11111111-1111-4111-8111-111111111111","score":true}`).status)
	require.Equal(t, 200, f.post(t, "/v1/traces/ingest", `{"data":[]}`).status)

	for path, want := range map[string]string{"/info": "use_multipart_endpoint", "/api/v1/info": "zstd_compression_enabled", "/api/public/health": "OK"} {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, f.url+path, nil)
		require.NoError(t, err)
		a := do(t, req)
		require.Equal(t, 200, a.status, "asked without a key")
		require.Contains(t, a.text, want)
	}
	require.Equal(t, 401, f.post(t, "/runs/batch", langSmithRun(`{}`), "X-API-Key", "").status)
	require.Equal(t, 403, f.post(t, "/api/public/ingestion", `{"batch":[]}`, "X-API-Key", "reader").status)
	require.Equal(t, 404, f.post(t, "/runs/of/ten", `{}`).status)

	scores := f.logs.AllLogs()
	require.Len(t, scores, 2)
	record := scores[0].ResourceLogs().At(0).ScopeLogs().At(0).LogRecords().At(0)
	require.Equal(t, "gen_ai.evaluation.result", record.EventName())
	got := record.Attributes().AsRaw()
	assert.Equal(t, []any{"helpful", 1.0, "good", "g"}, []any{
		got["gen_ai.evaluation.name"], got["gen_ai.evaluation.score.value"], got["gen_ai.evaluation.explanation"], got["watchllm.native.span_id"],
	})
}

// A vendor that is not listed is not there.
func TestVendorsAreOffUnlessListed(t *testing.T) {
	f := start(t, options{edit: func(c *Config) { c.Foreign.Vendors = []string{"langsmith"} }})
	require.Equal(t, 404, f.post(t, "/api/public/ingestion", `{"batch":[]}`).status)
	require.Equal(t, 202, f.post(t, "/runs/batch", `{}`).status)
	f = start(t, options{})
	require.Equal(t, 404, f.post(t, "/runs/batch", `{}`).status)
}

func TestVendorsNeedATracesPipeline(t *testing.T) {
	f := start(t, options{edit: withVendors, noTraces: true})
	require.Equal(t, 404, f.post(t, "/runs/batch", `{}`).status)
}

// The same ids from two tenants are two spans.
func TestVendorIdsAreTheTenants(t *testing.T) {
	f := start(t, options{edit: withVendors, noLogs: true, auth: true})
	opens := `{"batch":[` + langfuseTrace + `,{"id":"e1","type":"generation-create","body":{"id":"g","traceId":"t","startTime":"2026-11-23T09:00:00Z","model":"gpt-4o"}}]}`
	ends := `{"batch":[{"id":"e2","type":"generation-update","body":{"id":"g","traceId":"t","endTime":"2026-11-23T09:00:01Z","usage":{"input":3,"output":4}}}]}`
	f.post(t, "/api/public/ingestion", opens)
	f.post(t, "/api/public/ingestion", ends, "X-API-Key", "other")
	require.Zero(t, f.traces.SpanCount())
	f.post(t, "/api/public/ingestion", opens, "X-API-Key", "other")
	f.post(t, "/api/public/ingestion", ends)
	require.Equal(t, 2, f.traces.SpanCount())
	a, b := f.traces.AllTraces()[0].ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0), f.traces.AllTraces()[1].ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
	require.NotEqual(t, a.SpanID(), b.SpanID())
	require.NotEqual(t, a.TraceID(), b.TraceID())
}

// fileStorage is the real extension on a folder.
func fileStorage(t *testing.T, dir string) (component.ID, component.Component) {
	t.Helper()
	factory := filestorage.NewFactory()
	cfg := factory.CreateDefaultConfig().(*filestorage.Config)
	cfg.Directory, cfg.CreateDirectory = dir, true
	ext, err := factory.Create(context.Background(), extensiontest.NewNopSettings(factory.Type()), cfg)
	require.NoError(t, err)
	require.NoError(t, ext.Start(context.Background(), componenttest.NewNopHost()))
	return component.MustNewID("file_storage"), ext
}

// What was acknowledged is there when the process is killed: a copy of the folder is what a kill would leave.
func TestHeldPartsSurviveAKill(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "before")
	id, ext := fileStorage(t, dir)
	with := func(c *Config) {
		withVendors(c)
		c.Foreign.Storage = &id
	}
	f := start(t, options{edit: with, noLogs: true, extensions: extHost{id: ext}})
	for _, c := range recordedCases(t) {
		records := c.records(t)
		for _, p := range records[:len(records)/2] {
			f.send(t, p)
		}
	}
	killed := filepath.Join(t.TempDir(), "after")
	require.NoError(t, os.CopyFS(killed, os.DirFS(dir)))

	_, again := fileStorage(t, killed)
	g := start(t, options{edit: with, noLogs: true, extensions: extHost{id: again}})
	for _, c := range recordedCases(t) {
		records := c.records(t)
		for _, p := range records[len(records)/2:] {
			g.send(t, p)
		}
	}
	whole := start(t, options{edit: withVendors, noLogs: true})
	for _, c := range recordedCases(t) {
		for _, p := range c.whole(t) {
			whole.send(t, p)
		}
	}
	got := readEntries(append(f.traces.AllTraces(), g.traces.AllTraces()...))
	want := readEntries(whole.traces.AllTraces())
	require.Equal(t, figuresText(sumUp(want)), figuresText(sumUp(got)))
	require.Len(t, got, len(want))
}

// A pipeline that takes nothing is answered as for events, and what was not complete is kept for when it does.
func TestVendorsWhenThePipelineRefuses(t *testing.T) {
	for want, err := range map[int]error{
		503: errors.New("queue is full"), 429: status.Error(codes.ResourceExhausted, "over quota"), 403: status.Error(codes.PermissionDenied, "suspended"),
	} {
		f := start(t, options{edit: withVendors, noLogs: true, traces: consumertest.NewErr(err)})
		a := f.post(t, "/runs/batch", langSmithRun(`{}`))
		require.Equal(t, want, a.status, a.text)
		if want != 403 {
			require.NotEmpty(t, a.header.Get("Retry-After"))
		}
	}
}

// Nobody's bad record costs another's good one, and what cannot be read at all is refused in words.
func TestHostileVendorRequests(t *testing.T) {
	f := start(t, options{edit: func(c *Config) { withVendors(c); c.ServerConfig.MaxRequestBodySize = 1 << 20 }, noLogs: true})
	deep := strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000)
	for name, c := range map[string]struct {
		path, body, contentType string
		status                  int
		words                   string
	}{
		"no JSON":             {"/api/public/ingestion", `{"batch":[`, "", 400, "line 1, column 11"},
		"no batch":            {"/api/public/ingestion", `{"batch":{}}`, "", 400, "batch: must be a list of events, is an object"},
		"a number":            {"/runs/batch", `7`, "", 400, "must be an object"},
		"deep":                {"/v1/traces/ingest", `{"data":[` + deep + `]}`, "", 200, "{}"},
		"no data":             {"/v1/traces/ingest", `{}`, "", 400, "data: must be a list of traces and spans, is nothing"},
		"large":               {"/v1/traces/ingest", `{"data":["` + strings.Repeat("x", 1<<20) + `"]}`, "", 413, "split"},
		"many events":         {"/api/public/ingestion", `{"batch":[` + strings.Repeat("{},", 10_000) + `{}]}`, "", 413, "more than 10000 records"},
		"many items":          {"/v1/traces/ingest", `{"data":[` + strings.Repeat("{},", 10_000) + `{}]}`, "", 413, "more than 10000 records"},
		"many runs":           {"/runs/batch", `{"patch":[` + strings.Repeat("{},", 10_000) + `{}]}`, "", 413, "more than 10000 records"},
		"said of all":         {"/api/v2/llmobs", `{"data":{"attributes":{"tags":["a:` + strings.Repeat("x", 20_000) + `"],"spans":[` + strings.TrimSuffix(strings.Repeat(`{"span_id":"1","start_ns":1764100000000000000},`, 500), ",") + `]}}}`, "", 413, "split"},
		"half a multipart":    {"/runs/multipart", "--b\r\nContent-Disposition: form-data; name=\"post.1\"\r\n\r\n{\"id\":", "multipart/form-data; boundary=b", 400, "ends before its end"},
		"no boundary":         {"/runs/multipart", "--b", "multipart/form-data", 400, "boundary"},
		"nothing of use":      {"/runs/batch", `{"post":[{"id":""},7]}`, "", 400, "nothing in the body"},
		"multipart, no parts": {"/runs/multipart", "--b--", "multipart/form-data; boundary=b", 202, ""},
	} {
		t.Run(name, func(t *testing.T) {
			headers := []string{}
			if c.contentType != "" {
				headers = append(headers, "Content-Type", c.contentType)
			}
			a := f.post(t, c.path, c.body, headers...)
			require.Equal(t, c.status, a.status, a.text)
			require.Contains(t, a.text, c.words)
		})
	}
	require.Zero(t, f.traces.SpanCount())

	odd := `{"id":"o","type":"generation-create","timestamp":-1,"body":{"id":{"a":1},"traceId":[],"startTime":1e400,"endTime":"soon","model":7,"usage":{"input":NaN,"output":-1,"x":1e400},"level":{},"metadata":"text","tags":7}}`
	a := f.post(t, "/api/public/ingestion", `{"batch":[`+odd+`,`+strings.TrimSuffix(strings.TrimPrefix(langfuseGeneration(`"usage":{"input":1,"output":2}`), `{"batch":[`), `]}`)+`]}`)
	require.Equal(t, 207, a.status)
	require.Equal(t, "calls 1 failed 0 1 2 ? ? ?", figuresText(sumUp(readEntries(f.traces.AllTraces()))))
}

// Parts of a multipart body may be compressed each for itself, and grow no further than any body may.
func TestCompressedParts(t *testing.T) {
	f := start(t, options{edit: func(c *Config) { withVendors(c); c.ServerConfig.MaxRequestBodySize = 1 << 20 }, noLogs: true})
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte(`{"usage_metadata":{"input_tokens":7,"output_tokens":8}}`))
	require.NoError(t, z.Close())
	encoder, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	base := encoder.EncodeAll([]byte(`{`+langSmithHead+`,"end_time":"2026-11-23T09:00:01Z"}`), nil)

	send := func(parts map[string][2]string) answer {
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		for name, p := range parts {
			part, err := w.CreatePart(textproto.MIMEHeader{
				"Content-Disposition": {fmt.Sprintf("form-data; name=%q", name)}, "Content-Type": {"application/json"}, "Content-Encoding": {p[0]},
			})
			require.NoError(t, err)
			_, err = part.Write([]byte(p[1]))
			require.NoError(t, err)
		}
		require.NoError(t, w.Close())
		return f.post(t, "/runs/multipart", body.String(), "Content-Type", w.FormDataContentType())
	}
	const run = "post.11111111-1111-4111-8111-111111111111"
	a := send(map[string][2]string{run: {"zstd", string(base)}, run + ".outputs": {"gzip", zipped.String()}})
	require.Equal(t, 202, a.status, a.text)
	require.Equal(t, "calls 1 failed 0 7 8 ? ? ?", figuresText(sumUp(readEntries(f.traces.AllTraces()))))

	for encoding, bomb := range map[string]string{
		"gzip": func() string {
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			_, _ = z.Write(make([]byte, 64<<20))
			require.NoError(t, z.Close())
			return b.String()
		}(),
		"zstd": string(encoder.EncodeAll(make([]byte, 64<<20), nil)),
	} {
		a := send(map[string][2]string{run: {encoding, bomb}})
		require.Equal(t, 413, a.status, a.text)
	}
	a = send(map[string][2]string{run: {"rot13", "{}"}})
	require.Equal(t, 400, a.status, a.text)
}

func TestVendorMetrics(t *testing.T) {
	f := start(t, options{edit: withVendors, noLogs: true})
	f.post(t, "/api/public/ingestion", `{"batch":[{"id":"e1","type":"span-create","body":{"id":"s","traceId":"t","startTime":"2026-11-23T09:00:00Z"}},{"id":"x"}]}`)
	vendor := attribute.String("vendor", "langfuse")
	metadatatest.AssertEqualReceiverLlmEventForeignParts(t, f.tel, []metricdata.DataPoint[int64]{
		{Value: 1, Attributes: attribute.NewSet(vendor, attribute.String("result", "accepted"))},
		{Value: 1, Attributes: attribute.NewSet(vendor, attribute.String("result", "rejected"))},
	}, metricdatatest.IgnoreTimestamp(), metricdatatest.IgnoreExemplars())
	metadatatest.AssertEqualReceiverLlmEventForeignHeld(t, f.tel, []metricdata.DataPoint[int64]{{Value: 1}}, metricdatatest.IgnoreTimestamp(), metricdatatest.IgnoreExemplars())
}

// What waits in vain is handed on without anybody asking.
func TestHeldSpansAreHandedOnInTime(t *testing.T) {
	f := start(t, options{edit: func(c *Config) { withVendors(c); c.Foreign.MergeWait = time.Second }, noLogs: true})
	f.post(t, "/v1/traces/ingest", `{"data":[`+agentsSpan("span_1", "", `{"type":"agent","name":"a"}`)+`]}`)
	require.Eventually(t, func() bool { return f.traces.SpanCount() == 1 }, 20*time.Second, 20*time.Millisecond)
}

func TestForeignConfig(t *testing.T) {
	cfg, err := loadConfig(t, "llm_event/foreign")
	require.NoError(t, err)
	require.Equal(t, []string{"langfuse", "langsmith"}, cfg.Foreign.Vendors)
	require.Equal(t, "file_storage/held", cfg.Foreign.Storage.String())
	require.Equal(t, []any{time.Minute, time.Hour, int64(1 << 20)}, []any{cfg.Foreign.MergeWait, cfg.Foreign.OpenWait, cfg.Foreign.MaxHeldSizePerTenant})
	_, err = loadConfig(t, "llm_event/foreign_bad")
	for _, want := range []string{
		`foreign::vendors[0]: "langfuze" is not known; use langfuse, `, `foreign::vendors[2]: "langsmith" is listed twice`,
		"foreign::merge_wait: 1ms is too short; use 1s or more", "foreign::max_held_size: 10 is too small",
	} {
		require.ErrorContains(t, err, want)
	}
	_, err = loadConfig(t, "llm_event/foreign_unknown")
	require.ErrorContains(t, err, "vendor")
}

func TestForeignStorageMustBeThere(t *testing.T) {
	id := component.MustNewID("file_storage")
	for words, host := range map[string]extHost{"there is no extension file_storage": {}, "is not a storage extension": {id: authenticator{}}} {
		cfg := createDefaultConfig().(*Config)
		withVendors(cfg)
		cfg.Foreign.Storage = &id
		cfg.ServerConfig.NetAddr.Endpoint = freeAddress(t)
		r, err := NewFactory().CreateTraces(context.Background(), receivertest.NewNopSettings(metadata.Type), cfg, consumertest.NewNop())
		require.NoError(t, err)
		require.ErrorContains(t, r.Start(context.Background(), host), words)
		require.NoError(t, r.Shutdown(context.Background()))
	}
}
