package llmqueryextension

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/extension/extensionauth"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/watchllm/watchllm/internal/tenancy"
)

// authenticator is the part of an authenticator extension that is used here.
type authenticator interface {
	Authenticate(ctx context.Context, headers map[string][]string) (context.Context, error)
}

var _ authenticator = extensionauth.Server(nil)

// gate lets a request through to tenant data. Without an authenticator everybody is the default tenant,
// which the configuration allows on loopback only.
type gate struct {
	authenticator authenticator
	// parameters may carry the key in the URL; they are not query parameters of the endpoint.
	parameters []string
}

func newGate(ctx context.Context, auth *confighttp.AuthConfig, extensions map[component.ID]component.Component) (*gate, error) {
	if auth == nil {
		return &gate{}, nil
	}
	server, err := auth.Config.GetServerAuthenticator(ctx, extensions)
	if err != nil {
		return nil, err
	}
	return &gate{authenticator: server, parameters: auth.RequestParameters}, nil
}

// identify returns who asks and a context that carries it, or the problem to answer with.
func (g *gate) identify(r *http.Request) (context.Context, tenancy.Identity, error) {
	if g.authenticator == nil {
		return r.Context(), tenancy.Identity{
			Tenant: tenancy.Default, Project: tenancy.Default,
			Roles: []tenancy.Role{tenancy.RoleRead},
		}, nil
	}
	headers := r.Header
	if len(g.parameters) > 0 {
		headers = headers.Clone()
		query := r.URL.Query()
		for _, name := range g.parameters {
			if v, ok := query[name]; ok {
				headers[name] = v
			}
		}
	}
	ctx, err := g.authenticator.Authenticate(r.Context(), headers)
	if err != nil {
		return nil, tenancy.Identity{}, authProblem(r, err)
	}
	id, err := tenancy.Authorize(ctx, tenancy.RoleRead)
	switch {
	case errors.Is(err, tenancy.ErrNoIdentity):
		return nil, id, errForbidden("The credentials name no tenant.")
	case err != nil:
		return nil, id, errForbidden(`The API key does not have the role "read".`)
	}
	return ctx, id, nil
}

// authProblem answers with the words of an authenticator that speaks in statuses, which are made for
// clients. The text of any other error is kept back: it may name what only the operator should read.
func authProblem(r *http.Request, err error) error {
	st, spoken := status.FromError(err)
	switch {
	case !spoken:
	case st.Code() == codes.PermissionDenied:
		return errForbidden("The API key may not be used here.")
	case st.Code() == codes.Unavailable:
		p := newProblem("authenticator-unavailable", "Cannot check the API key now", http.StatusServiceUnavailable, "")
		p.retryAfter = retryDelay(st)
		return p
	case st.Code() == codes.ResourceExhausted:
		p := newProblem("too-many-refused-keys", "Too many API keys were refused", http.StatusTooManyRequests, st.Message())
		p.retryAfter = retryDelay(st)
		return p
	}
	p := errUnauthenticated(r.Header.Get("Authorization") != "" || r.Header.Get("X-API-Key") != "")
	if spoken && st.Code() == codes.Unauthenticated && st.Message() != "" {
		p.Detail = st.Message()
	}
	return p
}

// retryDelay is what the authenticator asks to wait.
func retryDelay(st *status.Status) time.Duration {
	for _, d := range st.Details() {
		if info, ok := d.(*errdetails.RetryInfo); ok && info.GetRetryDelay().AsDuration() > 0 {
			return info.GetRetryDelay().AsDuration()
		}
	}
	return retryStoreAfter
}

// onlyLocalNames refuses requests that reached an unauthenticated listener under a name that is not this
// machine's: a web page whose name was pointed at 127.0.0.1 would otherwise read everything.
func onlyLocalNames(next http.Handler, refused func(*http.Request)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		if len(host) > 1 && host[0] == '[' && host[len(host)-1] == ']' {
			host = host[1 : len(host)-1]
		}
		if !isLoopbackHost(host) {
			refused(r)
			newProblem("host-not-allowed", "Host not allowed", http.StatusForbidden,
				"This listener asks for no key and answers under the names of this machine only (localhost, 127.0.0.1); configure auth to use others.").write(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
