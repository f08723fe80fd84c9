package otlpguardextension

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"

	"go.opentelemetry.io/collector/extension/extensionmiddleware"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/watchllm/watchllm/internal/inflight"
	"github.com/watchllm/watchllm/internal/otlpdepth"
	"github.com/watchllm/watchllm/internal/tenancy"
)

const protobuf = "application/x-protobuf"

// GetHTTPHandler reads each body into a bounded room and looks at it before the receiver gets it.
func (g *guard) GetHTTPHandler(context.Context) (extensionmiddleware.WrapHTTPHandlerFunc, error) {
	return func(_ context.Context, base http.Handler) (http.Handler, error) {
		return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			media, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type"))
			if req.Method != http.MethodPost || media != protobuf && media != "application/json" {
				base.ServeHTTP(w, req) // which refuses it unread
				return
			}
			body := inflight.NewBuffer(g.room, tenancy.Sender(req.Context()).Tenant)
			defer body.Release() // the receiver decodes a copy
			if err := g.admit(body, req, media); err != nil {
				g.count(req.Context(), err)
				refuse(w, media, err)
				return
			}
			req.Header.Del("Content-Encoding")
			req.Body = io.NopCloser(bytes.NewReader(body.Data))
			req.ContentLength = int64(len(body.Data))
			base.ServeHTTP(w, req)
		}), nil
	}, nil
}

func (g *guard) admit(body *inflight.Buffer, req *http.Request, media string) error {
	if err := body.ReadRequest(req, g.cfg.MaxRequestBodySize, inflight.Encodings); err != nil {
		return err
	}
	if media == protobuf {
		return otlpdepth.Proto(body.Data, signalOf(req.URL.Path))
	}
	return otlpdepth.JSON(body.Data)
}

func signalOf(path string) otlpdepth.Signal {
	switch {
	case strings.HasSuffix(path, "/traces"):
		return otlpdepth.Traces
	case strings.HasSuffix(path, "/logs"):
		return otlpdepth.Logs
	case strings.HasSuffix(path, "/metrics"):
		return otlpdepth.Metrics
	}
	return otlpdepth.Unknown
}

// refuse answers as OTLP/HTTP has it: a google.rpc.Status in the encoding of the request.
func refuse(w http.ResponseWriter, media string, err error) {
	code, answer := http.StatusBadRequest, &spb.Status{Code: int32(codes.InvalidArgument), Message: err.Error()}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(err, inflight.ErrNoRoom):
		code, answer.Code = http.StatusServiceUnavailable, int32(codes.Unavailable)
		w.Header().Set("Retry-After", "1")
	case errors.Is(err, inflight.ErrTooLarge), errors.As(err, &tooLarge):
		code = http.StatusRequestEntityTooLarge
	case errors.Is(err, inflight.ErrEncoding):
		code = http.StatusUnsupportedMediaType
	case errors.Is(err, os.ErrDeadlineExceeded):
		code, answer.Code, answer.Message = http.StatusRequestTimeout, int32(codes.DeadlineExceeded), "the body did not come in time"
	}
	marshal := proto.Marshal
	if media != protobuf {
		marshal = protojson.Marshal
	}
	text, err := marshal(answer)
	if err != nil {
		code = http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", media)
	w.WriteHeader(code)
	_, _ = w.Write(text) // nobody is left to tell
}
