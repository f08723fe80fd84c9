package llmqueryextension

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/client"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/watchllm/watchllm/internal/tenancy"
)

func serve(a *api, method, target string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, target, nil)
	req.Header.Set("X-API-Key", "shop")
	for _, c := range change {
		c(req)
	}
	rec := httptest.NewRecorder()
	a.handler().ServeHTTP(rec, req)
	return rec
}

func decodeProblem(t *testing.T, rec *httptest.ResponseRecorder) problem {
	t.Helper()
	require.Equal(t, "application/problem+json", rec.Header().Get("Content-Type"))
	var p problem
	require.NoError(t, json.Unmarshal(rec.Body.Bytes(), &p))
	return p
}

func TestPathsAndMethods(t *testing.T) {
	a := newTestAPI(t, &fakeConn{rows: map[statement][]any{stmtOverview: {overviewRow{}}}}, noTarget)
	for _, path := range []string{"/", "/api", "/api/v1", "/api/v2/traces", "/api/v1/traces/", "/api/v1/stats", "/metrics", "/favicon.ico"} {
		rec := serve(a, http.MethodGet, path)
		require.Equal(t, http.StatusNotFound, rec.Code, path)
		require.Equal(t, "urn:watchllm:problem:not-found", decodeProblem(t, rec).Type)
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions, "BREW"} {
		for _, path := range []string{"/livez", "/api/v1/stats/overview", "/api/v1/traces/" + traceID(1)} {
			rec := serve(a, method, path)
			require.Equal(t, http.StatusMethodNotAllowed, rec.Code, method)
			require.Equal(t, "GET, HEAD", rec.Header().Get("Allow"))
			decodeProblem(t, rec)
		}
	}
	rec := serve(a, http.MethodHead, "/api/v1/stats/overview")
	require.Equal(t, http.StatusOK, rec.Code)
	rec = serve(a, http.MethodHead, "/api/v1/stats/overview", func(r *http.Request) { r.Header.Del("X-API-Key") })
	require.Equal(t, http.StatusUnauthorized, rec.Code)
}

func TestHeaders(t *testing.T) {
	a := newTestAPI(t, &fakeConn{rows: map[statement][]any{stmtOverview: {overviewRow{}}}}, noTarget)
	for _, path := range []string{"/livez", "/api/v1/stats/overview", "/nowhere", "/api/v1/stats/overview?hours=0"} {
		h := serve(a, http.MethodGet, path).Header()
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
		require.Equal(t, "no-store", h.Get("Cache-Control"), path)
		require.Contains(t, h.Get("Content-Security-Policy"), "default-src 'none'")
		require.Len(t, h.Get("X-Request-Id"), 36)
	}
}

func TestAnswersAreCompressed(t *testing.T) {
	a := newTestAPI(t, &fakeConn{}, noTarget)
	plain := serve(a, http.MethodGet, "/api/v1/openapi.json")
	require.Empty(t, plain.Header().Get("Content-Encoding"))
	for encoding, reader := range map[string]func(io.Reader) (io.Reader, error){
		"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r, zstd.WithDecoderConcurrency(1)) },
	} {
		rec := serve(a, http.MethodGet, "/api/v1/openapi.json", func(r *http.Request) { r.Header.Set("Accept-Encoding", encoding) })
		require.Equal(t, encoding, rec.Header().Get("Content-Encoding"))
		require.Less(t, rec.Body.Len(), plain.Body.Len()/3)
		unpacked, err := reader(rec.Body)
		require.NoError(t, err)
		text, err := io.ReadAll(unpacked)
		require.NoError(t, err)
		require.Equal(t, plain.Body.String(), string(text))
	}
	small := serve(a, http.MethodGet, "/livez", func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip") })
	require.Empty(t, small.Header().Get("Content-Encoding"))
}

func TestPanicBecomesAProblem(t *testing.T) {
	a := newTestAPI(t, &fakeConn{}, noTarget)
	h := a.outermost(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("secret detail") }))
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/", nil))
	require.Equal(t, http.StatusInternalServerError, rec.Code)
	require.NotContains(t, rec.Body.String(), "secret")
	require.Panics(t, func() {
		a.outermost(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })).
			ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	})
}

func TestValueThatCannotBeEncodedIsAnInternalError(t *testing.T) {
	rec := httptest.NewRecorder()
	require.Error(t, writeJSON(rec, http.StatusOK, make(chan int)))
	require.Empty(t, rec.Body.String())
	require.Empty(t, rec.Header().Get("Content-Type"))
}

func TestParameterProblemsComeTogether(t *testing.T) {
	a := newTestAPI(t, &fakeConn{}, noTarget)
	p := refused(t, a, "shop", "/api/v1/traces?limit=x&status=bad&min_cost=1e3&has_error=perhaps&zebra=1&model=a&model=b&start=yesterday&ant=2&q="+strings.Repeat("z", 1025), http.StatusBadRequest)
	require.Equal(t, "9 parameters are not valid; see errors", p.Detail)
	require.Equal(t, []invalidParameter{
		{"model", "a", "given more than once"},
		{"q", strings.Repeat("z", 100) + "...", "longer than 1024 bytes"},
		{"status", "bad", "must be one of unset, ok, error"},
		{"has_error", "perhaps", "must be true or false"},
		{"min_cost", "1e3", "must be a decimal number such as 0.25, with at most 12 digits after the point"},
		{"limit", "x", "must be a whole number from 1 to 200"},
		{"start", "yesterday", "must be a time such as 2026-01-31T13:00:00Z (RFC 3339)"},
		{"ant", "2", "is not a parameter of this endpoint"},
		{"zebra", "1", "is not a parameter of this endpoint"},
	}, p.Errors)
}

func TestWindowParameters(t *testing.T) {
	limits := defaultLimits()
	read := func(query string) (window, error) {
		values, err := url.ParseQuery(query)
		require.NoError(t, err)
		p := newParams(values, false)
		w := p.window(testNow, &limits)
		return w, p.err()
	}
	at := func(text string) time.Time {
		v, err := time.Parse(time.RFC3339Nano, text)
		require.NoError(t, err)
		return v
	}
	for query, want := range map[string]window{
		"":                           {testNow.Add(-24 * time.Hour), testNow},
		"hours=1":                    {testNow.Add(-time.Hour), testNow},
		"hours=720":                  {testNow.Add(-720 * time.Hour), testNow},
		"start=2026-03-10T11:00:00Z": {at("2026-03-10T11:00:00Z"), testNow},
		"end=2026-03-10T11:00:00Z":   {at("2026-03-09T11:00:00Z"), at("2026-03-10T11:00:00Z")},
		"start=2026-03-10T11:00:00%2B02:00&end=2026-03-10T09:00:00.000000001Z": {at("2026-03-10T09:00:00Z"), at("2026-03-10T09:00:00.000000001Z")},
		// The plus of a zone, not percent-encoded.
		"start=2026-03-10T11:00:00+02:00": {at("2026-03-10T09:00:00Z"), testNow},
	} {
		got, err := read(query)
		require.NoError(t, err, query)
		require.Equal(t, want, got, query)
	}
	for query, reason := range map[string]string{
		"hours=0":                               "from 1 to 720",
		"hours=721":                             "from 1 to 720",
		"hours=1&end=" + "2026-03-10T11:00:00Z": "cannot be combined",
		"hours=1&start=2026-03-10T11:00:00Z":    "cannot be combined",
		"start=2026-03-10T13:00:00Z":            "must be before end",
		"start=2026-03-10T11:00:00Z&end=2026-03-10T11:00:00Z": "must be before end",
		"start=2020-03-10T11:00:00Z":                          "longer than the limit of 9600h0m0s",
		"start=1900-03-10T11:00:00Z":                          "RFC 3339",
		"end=9999-03-10T11:00:00Z":                            "RFC 3339",
		"start=2026-03-10":                                    "RFC 3339",
		"start=1773140400":                                    "RFC 3339",
	} {
		_, err := read(query)
		p, ok := errors.AsType[*problem](err)
		require.True(t, ok, query)
		require.Contains(t, p.Errors[0].Reason, reason, query)
	}
}

func TestProblemText(t *testing.T) {
	require.Equal(t, "Internal error", newProblem("x", "Internal error", 500, "").Error())
	require.Equal(t, "Not found: gone", errNotFound("gone").Error())
}

// foreignIdentity is what another authenticator than ours puts on the context.
type foreignIdentity map[string]any

func (f foreignIdentity) GetAttribute(name string) any { return f[name] }
func (foreignIdentity) GetAttributeNames() []string    { return nil }

type authFunc func(context.Context, map[string][]string) (context.Context, error)

func (f authFunc) Authenticate(ctx context.Context, h map[string][]string) (context.Context, error) {
	return f(ctx, h)
}

func TestOtherAuthenticators(t *testing.T) {
	for name, c := range map[string]struct {
		data client.AuthData
		err  error
		want int
		says bool
	}{
		"with roles":            {data: foreignIdentity{tenancy.AttributeTenant: "acme", tenancy.AttributeProject: "shop", tenancy.AttributeRoles: []string{"read", "unheard_of"}}, want: 200},
		"without roles":         {data: foreignIdentity{tenancy.AttributeTenant: "acme"}, want: 403},
		"with other roles":      {data: foreignIdentity{tenancy.AttributeTenant: "acme", tenancy.AttributeRoles: []string{"ingest"}}, want: 403},
		"without tenant":        {data: foreignIdentity{tenancy.AttributeRoles: []string{"read"}}, want: 403},
		"without anything":      {want: 403},
		"refused":               {err: errors.New("words for clients"), want: 401},
		"refused by status":     {err: status.Error(codes.Unauthenticated, "words for clients"), want: 401, says: true},
		"not permitted":         {err: status.Error(codes.PermissionDenied, "no"), want: 403},
		"cannot be asked":       {err: status.Error(codes.Unavailable, "down"), want: 503},
		"asked too many things": {err: status.Error(codes.ResourceExhausted, "slow down"), want: 429},
	} {
		t.Run(name, func(t *testing.T) {
			conn := &fakeConn{rows: map[statement][]any{stmtOverview: {overviewRow{}}}}
			a := newTestAPI(t, conn, noTarget, func(a *api) {
				a.gate = &gate{authenticator: authFunc(func(ctx context.Context, _ map[string][]string) (context.Context, error) {
					return client.NewContext(ctx, client.Info{Auth: c.data}), c.err
				})}
			})
			rec := ask(t, a, "", "/api/v1/stats/overview")
			require.Equal(t, c.want, rec.Code, rec.Body.String())
			if c.want != http.StatusOK {
				require.Empty(t, conn.sent, "nothing is asked for who may not")
				require.Equal(t, c.says, strings.Contains(rec.Body.String(), "words for clients"))
			}
		})
	}
}

func TestKeyInAnAllowedParameter(t *testing.T) {
	conn := &fakeConn{rows: map[statement][]any{stmtOverview: {overviewRow{}}}}
	a := newTestAPI(t, conn, noTarget, func(a *api) { a.gate.parameters = []string{"X-Api-Key"} })
	require.Equal(t, http.StatusOK, ask(t, a, "", "/api/v1/stats/overview?X-Api-Key=shop").Code)
	require.Equal(t, http.StatusUnauthorized, ask(t, a, "", "/api/v1/stats/overview?X-Api-Key=nope").Code)
	a = newTestAPI(t, conn, noTarget)
	require.Equal(t, http.StatusUnauthorized, ask(t, a, "", "/api/v1/stats/overview?X-Api-Key=shop").Code)
}

// Without auth, web pages must not reach the listener through a name that points at this machine.
func TestWithoutAuthOnlyLocalNames(t *testing.T) {
	conn := &fakeConn{rows: map[statement][]any{stmtOverview: {overviewRow{}}}}
	a := newTestAPI(t, conn, noTarget, func(a *api) { a.gate = &gate{} })
	for host, want := range map[string]int{
		"localhost": 200, "localhost:8001": 200, "LOCALHOST.": 200, "127.0.0.1": 200, "127.0.0.1:8001": 200, "[::1]:8001": 200, "[::1]": 200,
		"evil.example": 403, "evil.example:8001": 403, "192.168.0.7:8001": 403, "localhost.evil.example": 403, "": 403,
	} {
		rec := serve(a, http.MethodGet, "/api/v1/stats/overview", func(r *http.Request) { r.Host = host; r.Header.Del("X-API-Key") })
		require.Equal(t, want, rec.Code, host)
	}
	require.Equal(t, "default", conn.sent[0].args[0].Value)
	require.Equal(t, "default", conn.sent[0].args[1].Value)
	rec := serve(a, http.MethodGet, "/api/v1/stats/overview?project_id=other", func(r *http.Request) { r.Host = "localhost" })
	require.Equal(t, http.StatusForbidden, rec.Code)

	a = newTestAPI(t, conn, noTarget)
	rec = serve(a, http.MethodGet, "/api/v1/stats/overview", func(r *http.Request) { r.Host = "watchllm.example" })
	require.Equal(t, http.StatusOK, rec.Code, "with keys any name is good")
}

// A key that asks for another project of its tenant and may not is counted where all refused keys are.
func TestRefusalForAnotherProjectIsCounted(t *testing.T) {
	for name, c := range map[string]struct {
		role    tenancy.Role
		project string
		want    int
		refused []tenancy.Role
	}{
		"own project":              {tenancy.RoleRead, "shop", 200, nil},
		"another project":          {tenancy.RoleRead, "lab", 403, []tenancy.Role{tenancy.RoleAdmin}},
		"another project as admin": {tenancy.RoleAdmin, "lab", 200, nil},
		"no right to read":         {tenancy.RoleIngest, "lab", 403, []tenancy.Role{tenancy.RoleRead}},
	} {
		t.Run(name, func(t *testing.T) {
			var refused []tenancy.Role
			caller := &tenancy.Caller{
				Identity:  tenancy.Identity{Tenant: "acme", Project: "shop", Roles: []tenancy.Role{c.role}},
				WrongRole: func(_ context.Context, role tenancy.Role) { refused = append(refused, role) },
			}
			a := newTestAPI(t, &fakeConn{rows: map[statement][]any{stmtOverview: {overviewRow{}}}}, noTarget, func(a *api) {
				a.gate = &gate{authenticator: authFunc(func(ctx context.Context, _ map[string][]string) (context.Context, error) {
					return tenancy.NewCallerContext(ctx, caller), nil
				})}
			})
			require.Equal(t, c.want, ask(t, a, "", "/api/v1/stats/overview?project_id="+c.project).Code)
			require.Equal(t, c.refused, refused)
		})
	}
}

// How long to wait is the authenticator's to say.
func TestThrottledKeysAreToldWhenToComeAgain(t *testing.T) {
	for code, want := range map[codes.Code]int{codes.ResourceExhausted: http.StatusTooManyRequests, codes.Unavailable: http.StatusServiceUnavailable} {
		st, err := status.New(code, "later").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(6500 * time.Millisecond)})
		require.NoError(t, err)
		a := newTestAPI(t, &fakeConn{}, noTarget, func(a *api) {
			a.gate = &gate{authenticator: authFunc(func(ctx context.Context, _ map[string][]string) (context.Context, error) { return ctx, st.Err() })}
		})
		rec := ask(t, a, "", "/api/v1/stats/overview")
		require.Equal(t, want, rec.Code)
		require.Equal(t, "7", rec.Header().Get("Retry-After"))
	}
}
