package apikeyauthextension_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/watchllm/watchllm/internal/apikey"
)

// Who could send the same later is told when, on OTLP over HTTP as on gRPC; a 401 would make it throw the data away.
func TestOTLPOverHTTPSaysWhenToComeAgain(t *testing.T) {
	var down atomic.Bool
	keys := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if down.Load() {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		_, _ = io.WriteString(w, `{"active":true,"tenant":"acme","project":"shop","scope":"ingest"}`)
	}))
	t.Cleanup(keys.Close)
	h := openWith(t, map[string]any{"introspection": map[string]any{"endpoint": keys.URL}, "refused_attempts": map[string]any{"limit": 2}})
	vouched, err := apikey.New()
	require.NoError(t, err)
	require.Equal(t, 200, h.sendHTTP(t, "X-API-Key", vouched.Reveal()))
	h.sink.Reset()

	down.Store(true)
	unchecked, err := apikey.New()
	require.NoError(t, err)
	pb, err := ptraceotlp.NewExportRequestFromTraces(forged()).MarshalProto()
	require.NoError(t, err)
	js, err := ptraceotlp.NewExportRequestFromTraces(forged()).MarshalJSON()
	require.NoError(t, err)
	refusals := []struct {
		name, key, retry string
		http             int
		code             codes.Code
		before           func()
	}{
		{"cannot be checked", unchecked.Reveal(), "5", http.StatusServiceUnavailable, codes.Unavailable, func() {}},
		{"no key", "", "", http.StatusUnauthorized, codes.Unauthenticated, func() {}},
		{"throttled", "wllm_guess", "30", http.StatusTooManyRequests, codes.ResourceExhausted, func() {
			for range 2 {
				require.Equal(t, 401, h.sendHTTP(t, "X-API-Key", "wllm_guess"))
			}
		}},
	}
	for _, c := range refusals {
		c.before()
		for contentType, body := range map[string][]byte{"application/x-protobuf": pb, "application/json": js, "text/plain": []byte("?"), "application/json; charset=utf-8": js} {
			t.Run(fmt.Sprint(c.name, " ", contentType), func(t *testing.T) {
				req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, h.otlpHTTP, bytes.NewReader(body))
				require.NoError(t, err)
				req.Header.Set("Content-Type", contentType)
				if c.key != "" {
					req.Header.Set("X-API-Key", c.key)
				}
				resp, err := http.DefaultClient.Do(req)
				require.NoError(t, err)
				defer resp.Body.Close()
				answer, err := io.ReadAll(resp.Body)
				require.NoError(t, err)
				require.Equal(t, c.http, resp.StatusCode, string(answer))
				require.Equal(t, c.retry, resp.Header.Get("Retry-After"))
				require.Equal(t, c.http == http.StatusUnauthorized, resp.Header.Get("WWW-Authenticate") != "")
				require.NotContains(t, string(answer), unchecked.Reveal())
				var st spb.Status
				switch resp.Header.Get("Content-Type") {
				case "application/x-protobuf":
					require.NoError(t, proto.Unmarshal(answer, &st))
				case "application/json":
					require.NoError(t, protojson.Unmarshal(answer, &st))
				default:
					require.Equal(t, "text/plain; charset=utf-8", resp.Header.Get("Content-Type"))
					return
				}
				require.Equal(t, int32(c.code), st.GetCode())
				require.NotEmpty(t, st.GetMessage())
			})
		}
		require.Equal(t, c.code, h.sendGRPC(t, headersOf(c.key)...), "both transports agree")
	}
	require.Equal(t, 200, h.sendHTTP(t, "X-API-Key", vouched.Reveal()), "whom the server vouched for is not held up")
	require.Len(t, h.sink.AllTraces(), 1, "nothing that was refused came in")
}

func headersOf(key string) []string {
	if key == "" {
		return nil
	}
	return []string{"x-api-key", key}
}
