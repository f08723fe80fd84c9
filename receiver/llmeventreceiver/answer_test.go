package llmeventreceiver

import (
	"net/http/httptest"
	"testing"

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
