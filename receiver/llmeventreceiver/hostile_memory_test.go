package llmeventreceiver

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/metadatatest"
)

// A bomb costs what a body of the largest size costs, whatever it would become.
func TestBombs(t *testing.T) {
	f := start(t, options{auth: true, edit: func(c *Config) {
		allVendors(c)
		c.ServerConfig.MaxRequestBodySize = 1 << 20
	}})
	size := 64 << 20
	if testing.Short() {
		size = 8 << 20
	}
	spaces := bytes.Repeat([]byte(" "), size)
	member := zippedBy(t, spaces[:1<<16])
	// A frame of one byte that claims to need as much as the format can say.
	window := func(descriptor byte) string {
		return "\x28\xb5\x2f\xfd\x00" + string([]byte{descriptor, 0x09, 0, 0}) + "x"
	}
	single := "\x28\xb5\x2f\xfd\xe0" + "\x00\x00\x00\x40\x00\x00\x00\x00" + "\x09\x00\x00x" // 1 GiB of content, it says
	small := zstdBy(t, []byte(nativeEvent))
	part := func(headers, content string) string {
		return "--x\r\nContent-Disposition: form-data; name=\"post.00000000-0000-4000-8000-000000000001\"\r\n" + headers + "\r\n\r\n" + content + "\r\n"
	}
	run := `{"id":"00000000-0000-4000-8000-000000000001","trace_id":"00000000-0000-4000-8000-000000000001","run_type":"llm","name":"x"}`
	for name, c := range map[string]struct {
		path, encoding, body string
		status               int
		code                 string
	}{
		"gzip":                     {encoding: "gzip", body: zippedBy(t, spaces), status: 413, code: "too_large"},
		"deflate":                  {encoding: "deflate", body: deflatedBy(t, spaces), status: 413, code: "too_large"},
		"zlib":                     {encoding: "zlib", body: deflatedBy(t, spaces), status: 413, code: "too_large"},
		"zstd":                     {encoding: "zstd", body: zstdBy(t, spaces), status: 413, code: "too_large"},
		"gzip in many members":     {encoding: "gzip", body: strings.Repeat(member, 1000), status: 413, code: "too_large"},
		"gzip in gzip":             {encoding: "gzip", body: zippedBy(t, []byte(zippedBy(t, spaces))), status: 400, code: "invalid_json"},
		"gzip in gzip, and says":   {encoding: "gzip, gzip", body: zippedBy(t, []byte(zippedBy(t, spaces))), status: 415, code: "unsupported_encoding"},
		"window of 512 MiB":        {encoding: "zstd", body: window(19 << 3), status: 400, code: "unreadable_body"},
		"window of 3.75 TiB":       {encoding: "zstd", body: window(0xff), status: 400, code: "unreadable_body"},
		"1 GiB of content":         {encoding: "zstd", body: single, status: 413, code: "too_large"},
		"window grows later":       {encoding: "zstd", body: small + window(13<<3), status: 400, code: "unreadable_body"},
		"says gzip, is plain":      {encoding: "gzip", body: nativeEvent, status: 400, code: "unreadable_body"},
		"says plain, is gzip":      {body: zippedBy(t, []byte(nativeEvent)), status: 400, code: "invalid_json"},
		"says zstd, is gzip":       {encoding: "zstd", body: zippedBy(t, []byte(nativeEvent)), status: 400, code: "unreadable_body"},
		"says zlib, is empty":      {encoding: "zlib", status: 400, code: "unreadable_body"},
		"says zstd, is empty":      {encoding: "zstd", status: 400, code: "unreadable_body"},
		"gzip cut off":             {encoding: "gzip", body: zippedBy(t, []byte(nativeEvent))[:40], status: 400, code: "unreadable_body"},
		"snappy":                   {encoding: "snappy", body: "\xff\xff\xff\xff\x0f", status: 415, code: "unsupported_encoding"},
		"langfuse gzip":            {path: "/api/public/ingestion", encoding: "gzip", body: zippedBy(t, spaces), status: 413, code: "too_large"},
		"langfuse OTLP gzip":       {path: "/api/public/otel/v1/traces", encoding: "gzip", body: zippedBy(t, spaces), status: 413, code: "too_large"},
		"part gzip":                {path: "/runs/multipart", body: part("Content-Encoding: gzip", zippedBy(t, spaces)) + "--x--\r\n", status: 413, code: "too_large"},
		"part zstd":                {path: "/runs/multipart", body: part("Content-Encoding: zstd", zstdBy(t, spaces)) + "--x--\r\n", status: 413, code: "too_large"},
		"part window of 512 MiB":   {path: "/runs/multipart", body: part("Content-Encoding: zstd", window(19<<3)) + "--x--\r\n", status: 413, code: "too_large"},
		"thousand windows of 8 MB": {path: "/runs/multipart", body: strings.Repeat(part("Content-Encoding: zstd", window(13<<3)), 1000) + part("", run) + "--x--\r\n", status: 202},
		"part headers without end": {path: "/runs/multipart", body: part(strings.Repeat("X-A: "+strings.Repeat("a", 60)+"\r\n", 12_000)+"X-B: b", run), status: 400, code: "unreadable_body"},
	} {
		t.Run(name, func(t *testing.T) {
			contentType := "application/json"
			switch c.path {
			case "":
				c.path = "/api/v1/events"
			case "/runs/multipart":
				contentType = "multipart/form-data; boundary=x"
			}
			var a answer
			cost := allocated(func() { a = f.post(t, c.path, c.body, "Content-Encoding", c.encoding, "Content-Type", contentType) })
			require.Equal(t, c.status, a.status, a.text)
			if c.code != "" {
				assert.Equal(t, c.code, a.json(t)["code"])
				assert.NotEmpty(t, a.json(t)["detail"])
			}
			assert.Less(t, cost, int64(24<<20), "bytes of memory for a limit of 1 MiB and the windows of compression, in the client too")
		})
	}
	f.serves(t)
	require.Eventually(t, func() bool { return inFlight(f) == 0 }, patience, polling, "all room was given back")
}

// What compressors really write is read.
func TestCompressions(t *testing.T) {
	f := start(t, options{auth: true})
	body := []byte(`[` + strings.Repeat(`{"type":"llm.call","model":"m","input_messages":"`+strings.Repeat("How large is the parcel? ", 400)+`"},`, 900) + nativeEvent + `]`)
	for name, c := range map[string]struct{ encoding, body string }{
		"plain":         {"", string(body)},
		"identity":      {"identity", string(body)},
		"gzip":          {"gzip", zippedBy(t, body)},
		"GZIP":          {"GZIP", zippedBy(t, body)},
		"gzip in parts": {"gzip", zippedBy(t, body[:1000]) + zippedBy(t, body[1000:])},
		"deflate":       {"deflate", deflatedBy(t, body)},
		"zlib":          {"zlib", deflatedBy(t, body)},
		"zstd fastest":  {"zstd", zstdBy(t, body, zstd.WithEncoderLevel(zstd.SpeedFastest))},
		"zstd default":  {"zstd", zstdBy(t, body)},
		"zstd in parts": {"zstd", zstdBy(t, body[:1000], zstd.WithWindowSize(1<<16)) + zstdBy(t, body[1000:2000], zstd.WithWindowSize(1<<16)) + zstdBy(t, body[2000:], zstd.WithWindowSize(1<<18))},
		"zstd at once":  {"zstd", atOnce(t, body)},
		"zstd small":    {"zstd", atOnce(t, []byte(nativeEvent))},
		"zstd 8 MiB":    {"zstd", zstdBy(t, body, zstd.WithWindowSize(8<<20))},
	} {
		t.Run(name, func(t *testing.T) {
			a := f.post(t, "/api/v1/events", c.body, "Content-Encoding", c.encoding)
			require.Equal(t, 202, a.status, a.text)
			require.Contains(t, a.text, `"rejected":[]`)
		})
	}
}

func atOnce(t *testing.T, body []byte) string {
	z, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	return string(z.EncodeAll(body, nil))
}

// A hundred clients send 20 MiB each at once, which inflated are 2 GB. Some are asked to come again, nothing is lost, the room is
// never exceeded, and the client of another tenant gets in beside them.
func TestManyLargeBodies(t *testing.T) {
	full, flow := make(chan struct{}), make(chan struct{})
	var spans atomic.Int64
	var once sync.Once
	next, err := consumer.NewTraces(func(ctx context.Context, td ptrace.Traces) error {
		if td.SpanCount() > 1 { // the large ones stay where they are until all others have been answered
			once.Do(func() { close(full) })
			select {
			case <-flow:
			case <-ctx.Done():
			}
		}
		spans.Add(int64(td.SpanCount()))
		return nil
	})
	require.NoError(t, err)
	f := start(t, options{auth: true, traces: next})
	var body strings.Builder
	for i := range 19 {
		fmt.Fprintf(&body, `{"id":"%d","type":"llm.call","model":"m","input_messages":"%s"},`, i, strings.Repeat("How large is the parcel? ", 40_000))
	}
	zipped := zippedBy(t, []byte("["+body.String()+nativeEvent+"]"))

	clients := 100
	if testing.Short() {
		clients = 15
	}
	answers := make(chan answer, clients)
	for range clients {
		go func() { answers <- f.post(t, "/api/v1/events", zipped, "Content-Encoding", "gzip") }()
	}
	<-full
	busy, taken := 0, 0
	for range clients { // those in the pipeline answer once the others have
		a := <-answers
		switch a.status {
		case http.StatusServiceUnavailable:
			busy++
			assert.Equal(t, "busy", a.json(t)["code"])
			assert.Equal(t, "1", a.header.Get("Retry-After"))
		case http.StatusAccepted:
			taken++
		default:
			t.Fatalf("%d %s", a.status, a.text)
		}
		if int64(clients-busy-taken)*(20<<20) <= defaultMaxInFlight/2 {
			break
		}
	}
	assert.LessOrEqual(t, inFlight(f), int64(defaultMaxInFlight/2), "one tenant has half")
	assert.Equal(t, 202, f.post(t, "/api/v1/events", nativeEvent, "X-API-Key", "other").status, "another tenant's client gets in")
	close(flow)
	for range clients - busy - taken {
		a := <-answers
		switch a.status {
		case http.StatusServiceUnavailable:
			busy++
		case http.StatusAccepted:
			taken++
		}
	}
	require.Equal(t, clients, busy+taken)
	require.Positive(t, taken)
	require.GreaterOrEqual(t, busy, clients-int(defaultMaxInFlight/2/(20<<20))-1)
	t.Logf("%d taken at once, %d asked to come again", taken, busy)
	for range busy {
		require.Equal(t, 202, f.post(t, "/api/v1/events", zipped, "Content-Encoding", "gzip").status)
	}
	require.EqualValues(t, clients*20+1, spans.Load(), "nothing was lost")
	require.Zero(t, inFlight(f))
	metadatatest.AssertEqualReceiverLlmEventRequests(t, f.tel, []metricdata.DataPoint[int64]{
		{Value: int64(clients) + 1, Attributes: attribute.NewSet(attribute.Int("status", 202))},
		{Value: int64(busy), Attributes: attribute.NewSet(attribute.Int("status", 503))},
	}, metricdatatest.IgnoreTimestamp(), metricdatatest.IgnoreExemplars())
}

// inFlight is what the metric says.
func inFlight(f *fixture) int64 {
	m, err := f.tel.GetMetric("otelcol_receiver_llm_event_in_flight_size")
	if err != nil {
		return -1
	}
	return m.Data.(metricdata.Gauge[int64]).DataPoints[0].Value
}
