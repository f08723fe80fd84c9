package llmeventreceiver

import (
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// A key that cannot be checked now is not a wrong key: the client is told to come back, and when.
func TestAnswersToRefusedKeys(t *testing.T) {
	said := func(code codes.Code, reason string) error {
		s, err := status.New(code, "why").WithDetails(&errdetails.ErrorInfo{Reason: reason}, &errdetails.RetryInfo{RetryDelay: durationpb.New(7 * time.Second)})
		require.NoError(t, err)
		return s.Err()
	}
	for name, c := range map[string]struct {
		err   error
		want  int
		code  string
		retry string
	}{
		"missing":         {said(codes.Unauthenticated, "API_KEY_MISSING"), 401, "api_key_missing", ""},
		"invalid":         {said(codes.Unauthenticated, "API_KEY_INVALID"), 403, "api_key_invalid", ""},
		"expired":         {said(codes.Unauthenticated, "API_KEY_EXPIRED"), 403, "api_key_invalid", ""},
		"wrong role":      {said(codes.PermissionDenied, "API_KEY_WRONG_ROLE"), 403, "forbidden", ""},
		"cannot be asked": {said(codes.Unavailable, "API_KEY_UNCHECKED"), 503, "authenticator_unavailable", "7"},
		"too many":        {said(codes.ResourceExhausted, "API_KEY_THROTTLED"), 429, "too_many_refused_keys", "7"},
		"another's words": {errors.New("no"), 401, "unauthenticated", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p, rec := refusedKey(c.err), httptest.NewRecorder()
			p.write(rec)
			require.Equal(t, c.want, rec.Code)
			require.Equal(t, c.code, p.Code)
			require.Equal(t, c.retry, rec.Header().Get("Retry-After"))
		})
	}
}
