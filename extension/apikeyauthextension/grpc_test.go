package apikeyauthextension_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
)

const exportTraces = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"

// headersOnly begins a call and sends no message; it returns what the server says to that.
func headersOnly(t *testing.T, conn *grpc.ClientConn, headers ...string) *status.Status {
	t.Helper()
	ctx, cancel := context.WithTimeout(metadata.AppendToOutgoingContext(context.Background(), headers...), 20*time.Second)
	defer cancel()
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, exportTraces)
	require.NoError(t, err)
	_, err = stream.Header() // sends the headers and waits for the answer
	if err == nil {
		err = stream.RecvMsg(ptraceotlp.NewExportResponse())
	}
	return status.Convert(err)
}

// Without a key nothing of a message is read: it may inflate to a thousand times what was sent, on any number of streams at once.
func TestGRPCAsksForTheKeyBeforeItReads(t *testing.T) {
	h := openWith(t, map[string]any{"refused_attempts": map[string]any{"limit": 1}})
	sender := apikey.Record{Tenant: "acme", Project: "shop", Roles: []tenancy.Role{tenancy.RoleIngest}}
	good, _, err := apikey.Create(h.keysFile, sender, time.Now())
	require.NoError(t, err)
	h.eventually(t, good, codes.OK)

	require.Equal(t, codes.Unauthenticated, headersOnly(t, h.grpc).Code())
	stranger, err := apikey.New()
	require.NoError(t, err)
	require.Eventually(t, func() bool { // those that waited for the file have used up the attempts
		return headersOnly(t, h.grpc, "x-api-key", stranger.Reveal()).Code() == codes.ResourceExhausted
	}, 20*time.Second, 10*time.Millisecond)
	held := headersOnly(t, h.grpc, "authorization", "Bearer "+stranger.Reveal())
	require.Equal(t, codes.ResourceExhausted, held.Code())
	require.Len(t, held.Details(), 2, "with the reason and the time to wait")
	require.NotContains(t, held.Message(), stranger.Reveal())
	require.Equal(t, codes.OK, h.sendGRPC(t, "x-api-key", good.Reveal()), "whoever has a key is not held up")
}

// Another server may take its time to answer; a call whose key only it can know is asked about apart from its connection.
func TestGRPCAsksAnotherServerBesideTheConnection(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	keys := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(asked)
		<-answer
		_, _ = io.WriteString(w, `{"active":true,"tenant":"acme","project":"shop","scope":"ingest"}`)
	}))
	t.Cleanup(keys.Close)
	h := openWith(t, map[string]any{"introspection": map[string]any{"endpoint": keys.URL}})
	vouched, err := apikey.New()
	require.NoError(t, err)
	got := make(chan codes.Code)
	go func() { got <- h.sendGRPC(t, "x-api-key", vouched.Reveal()) }()
	<-asked
	require.Equal(t, codes.Unauthenticated, h.sendGRPC(t), "the same connection goes on")
	close(answer)
	require.Equal(t, codes.OK, <-got)
	require.Len(t, h.sink.AllTraces(), 1)
	requireOnlyTenant(t, h.sink.AllTraces()[0], "acme", "shop")
}
