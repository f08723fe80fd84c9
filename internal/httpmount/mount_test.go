package httpmount

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

func text(s string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, s) })
}

func ask(h http.Handler, path string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, path, nil))
	return rec
}

func TestMountedPathsComeFirst(t *testing.T) {
	var table Table
	h := table.Handler(text("next"))
	require.Equal(t, "next", ask(h, "/events").Body.String())

	unmount, err := table.Mount("/events", text("events"))
	require.NoError(t, err)
	require.Equal(t, "events", ask(h, "/events").Body.String())
	for _, other := range []string{"/", "/events/", "/events/1", "/Events"} {
		require.Equal(t, "next", ask(h, other).Body.String(), other)
	}
	_, err = table.Mount("/events", text("another"))
	require.ErrorContains(t, err, "/events")
	_, err = table.Mount("events", text("another"))
	require.ErrorContains(t, err, "begins with /")

	require.NoError(t, unmount(t.Context()))
	rec := ask(h, "/events")
	require.Equal(t, http.StatusServiceUnavailable, rec.Code, "a client is told to come again, not that the path never was")
	require.Equal(t, "1", rec.Header().Get("Retry-After"))
	_, err = table.Mount("/events", text("again"))
	require.NoError(t, err)
	require.Equal(t, "again", ask(h, "/events").Body.String())
}

func TestUnmountWaitsForRequests(t *testing.T) {
	var table Table
	entered, leave := make(chan struct{}), make(chan struct{})
	unmount, err := table.Mount("/events", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(entered)
		<-leave
	}))
	require.NoError(t, err)
	answered := make(chan struct{})
	go func() {
		ask(table.Handler(text("next")), "/events")
		close(answered)
	}()
	<-entered
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, unmount(ended), context.Canceled)
	close(leave)
	require.NoError(t, unmount(t.Context()))
	<-answered
}
