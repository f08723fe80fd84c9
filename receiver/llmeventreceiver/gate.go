package llmeventreceiver

import (
	"errors"
	"net/http"

	"go.opentelemetry.io/collector/extension/extensionauth"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/watchllm/watchllm/internal/tenancy"
)

// gate asks for a key before anything of a body is read. Without an authenticator it is open.
type gate struct {
	authenticator extensionauth.Server
	// params are query parameters that count as headers.
	params []string
}

// enter returns the request with its sender on the context, or what to answer instead.
func (g gate) enter(r *http.Request) (*http.Request, *problem) {
	if g.authenticator == nil {
		return r, nil
	}
	headers := r.Header
	if len(g.params) > 0 {
		headers = r.Header.Clone()
		query := r.URL.Query()
		for _, p := range g.params {
			if v, ok := query[p]; ok {
				headers[p] = v
			}
		}
	}
	return g.check(r, headers)
}

func (g gate) check(r *http.Request, headers http.Header) (*http.Request, *problem) {
	ctx, err := g.authenticator.Authenticate(r.Context(), headers)
	if err != nil {
		return nil, refusedKey(err)
	}
	var role *tenancy.RoleError
	if _, err := tenancy.Authorize(ctx, tenancy.RoleIngest); errors.As(err, &role) && tenancy.KnowsRoles(ctx) {
		return nil, &problem{Status: http.StatusForbidden, Code: "role", Detail: "this key may not send events; use a key with the role " + string(tenancy.RoleIngest)}
	}
	return r.WithContext(ctx), nil
}

// refusedKey answers 401 for a missing key and 403 for one that is not valid, as clients of the original service expect. The
// authenticator tells the two apart with a google.rpc.ErrorInfo or the status PermissionDenied; one that does not gets 401. A key
// that cannot be checked now is 503 or, from who guesses too much, 429, so that the client sends again.
func refusedKey(err error) *problem {
	s, _ := status.FromError(err)
	p := &problem{Status: http.StatusUnauthorized, Code: "unauthenticated", Detail: s.Message()}
	switch s.Code() {
	case codes.PermissionDenied:
		p.Status, p.Code = http.StatusForbidden, "forbidden"
	case codes.Unavailable:
		p.Status, p.Code, p.retryAfter = http.StatusServiceUnavailable, "authenticator_unavailable", retryDelay(s)
	case codes.ResourceExhausted:
		p.Status, p.Code, p.retryAfter = http.StatusTooManyRequests, "too_many_refused_keys", retryDelay(s)
	}
	for _, d := range s.Details() {
		info, ok := d.(*errdetails.ErrorInfo)
		if !ok {
			continue
		}
		switch info.GetReason() {
		case "API_KEY_MISSING":
			p.Code = "api_key_missing"
		case "API_KEY_INVALID", "API_KEY_EXPIRED", "API_KEY_REVOKED":
			p.Status, p.Code = http.StatusForbidden, "api_key_invalid"
		}
	}
	return p
}
