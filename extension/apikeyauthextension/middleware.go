package apikeyauthextension

import (
	"context"
	"math"
	"mime"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/collector/extension/extensionmiddleware"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// GetHTTPHandler makes the extension an HTTP middleware that asks for a key as `auth` does, and answers with the status of the
// refusal. The collector's `auth` answers 401 to all of them, which makes a sender throw away what it could send again.
func (a *apiKeyAuth) GetHTTPHandler(context.Context) (extensionmiddleware.WrapHTTPHandlerFunc, error) {
	return func(_ context.Context, next http.Handler) (http.Handler, error) {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, err := a.Authenticate(r.Context(), r.Header)
			if err != nil {
				writeRefusal(w, r, status.Convert(err))
				return
			}
			next.ServeHTTP(w, r.WithContext(ctx))
		}), nil
	}, nil
}

// httpStatuses are what OTLP/HTTP says for the codes of refusals; anything else is a 401.
var httpStatuses = map[codes.Code]int{
	codes.PermissionDenied:  http.StatusForbidden,
	codes.ResourceExhausted: http.StatusTooManyRequests,
	codes.Unavailable:       http.StatusServiceUnavailable,
}

// writeRefusal answers as OTLP/HTTP has it: a google.rpc.Status in the encoding of the request, or plain text to who sends neither.
func writeRefusal(w http.ResponseWriter, r *http.Request, s *status.Status) {
	code, known := httpStatuses[s.Code()]
	if !known {
		code = http.StatusUnauthorized
		w.Header().Set("WWW-Authenticate", `Bearer realm="watchllm"`)
	}
	for _, d := range s.Details() {
		if info, ok := d.(*errdetails.RetryInfo); ok {
			w.Header().Set("Retry-After", wholeSeconds(info.GetRetryDelay().AsDuration()))
		}
	}
	contentType, body := "text/plain; charset=utf-8", []byte(s.Message()+"\n")
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")) // a type that cannot be read is none
	encode := map[string]func(proto.Message) ([]byte, error){"application/x-protobuf": proto.Marshal, "application/json": protojson.Marshal}[media]
	if encode != nil {
		if encoded, err := encode(s.Proto()); err == nil {
			contentType, body = media, encoded
		}
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	// The client may have left; there is nobody to tell.
	_, _ = w.Write(body)
}

func wholeSeconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }
