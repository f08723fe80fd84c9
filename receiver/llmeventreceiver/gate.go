package llmeventreceiver

import (
	"net/http"

	"go.opentelemetry.io/collector/client"
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
	if id, ok := client.FromContext(ctx).Auth.(tenancy.Identity); ok && !id.May(tenancy.RoleIngest) {
		return nil, &problem{Status: http.StatusForbidden, Code: "role", Detail: "this key may not send events; use a key with the role " + string(tenancy.RoleIngest)}
	}
	return r.WithContext(ctx), nil
}

// refusedKey answers 401 for a missing key and 403 for one that is not valid, as clients of the original service expect. The
// authenticator tells the two apart with a google.rpc.ErrorInfo or the status PermissionDenied; one that does not gets 401.
func refusedKey(err error) *problem {
	s, _ := status.FromError(err)
	p := &problem{Status: http.StatusUnauthorized, Code: "unauthenticated", Detail: s.Message()}
	if s.Code() == codes.PermissionDenied {
		p.Status, p.Code = http.StatusForbidden, "forbidden"
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
