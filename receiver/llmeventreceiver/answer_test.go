package llmeventreceiver

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Answers are read by people in terminals: what they should send is not spelled in escapes.
func TestAnswersAreLegible(t *testing.T) {
	w := httptest.NewRecorder()
	(&problem{Status: 401, Detail: "send it as `X-API-Key: <key>`"}).write(w)
	require.Equal(t, "{\"type\":\"about:blank\",\"title\":\"Unauthorized\",\"status\":401,\"detail\":\"send it as `X-API-Key: <key>`\",\"code\":\"\"}\n", w.Body.String())
	w = httptest.NewRecorder()
	writeJSON(w, 202, "application/json", func() {})
	require.Equal(t, 500, w.Code)
	require.Equal(t, "{\"status\":500}\n", w.Body.String())
}

func TestBrief(t *testing.T) {
	for d, want := range map[time.Duration]string{
		15 * time.Minute: "15m", time.Hour: "1h", 90 * time.Second: "1m30s", 30 * time.Second: "30s", 20 * time.Minute: "20m", 61 * time.Minute: "1h1m", 0: "0s",
	} {
		require.Equal(t, want, brief(d))
	}
}
