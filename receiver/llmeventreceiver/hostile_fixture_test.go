package llmeventreceiver

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// patience is how long a condition is waited for that should hold at once; a crowded machine takes its time.
const (
	patience = 20 * time.Second
	polling  = 5 * time.Millisecond
)

// allVendors is the configuration of collector.yaml.
func allVendors(c *Config) { c.Foreign.Vendors = vendorNames() }

func zippedBy(t testing.TB, body []byte) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(body)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.String()
}

func deflatedBy(t testing.TB, body []byte) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, err := z.Write(body)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.String()
}

func zstdBy(t testing.TB, body []byte, opts ...zstd.EOption) string {
	var b bytes.Buffer
	z, err := zstd.NewWriter(&b, append(opts, zstd.WithEncoderConcurrency(1))...)
	require.NoError(t, err)
	_, err = z.Write(body)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.String()
}

// allocated is how many bytes of memory were set aside, freed ones included, while f ran.
func allocated(f func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc) //nolint:gosec // fits
}

// dial opens a connection on which anything can be written.
func (f *fixture) dial(t *testing.T) net.Conn {
	t.Helper()
	var d net.Dialer
	conn, err := d.DialContext(context.Background(), "tcp", strings.TrimPrefix(f.url, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	return conn
}

// readAnswers returns what the server says until it closes the connection.
func readAnswers(t *testing.T, conn net.Conn) (answers []answer) {
	t.Helper()
	r := bufio.NewReader(conn)
	for {
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			return answers
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		require.NoError(t, err)
		answers = append(answers, answer{resp.StatusCode, resp.Header, string(text)})
	}
}

// serves tells that an ordinary request is answered as ever.
func (f *fixture) serves(t *testing.T) {
	t.Helper()
	require.Equal(t, 202, f.post(t, "/api/v1/events", nativeEvent).status)
}

// spans are all that came out, by their event's id.
func (f *fixture) spans() map[string]ptrace.Span {
	out := map[string]ptrace.Span{}
	for _, td := range f.traces.AllTraces() {
		for _, rs := range td.ResourceSpans().All() {
			for _, ss := range rs.ScopeSpans().All() {
				for _, s := range ss.Spans().All() {
					id, _ := s.Attributes().Get("watchllm.native.id")
					out[id.Str()] = s
				}
			}
		}
	}
	return out
}

func attr(s ptrace.Span, key string) string {
	v, ok := s.Attributes().Get(key)
	if !ok {
		v = pcommon.NewValueStr("<none>")
	}
	return v.AsString()
}
