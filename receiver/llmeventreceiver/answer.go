package llmeventreceiver

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/collector/consumer/consumererror"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
)

// defaultRetry is asked for when the pipeline does not say how long it needs.
const defaultRetry = time.Second

// codeUnsupportedSchema is for contracts this server does not know.
const codeUnsupportedSchema = "unsupported_schema"

// problem is an answer to a request that was not taken, as RFC 9457 has it.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	// Code is for programs; it is never renamed.
	Code     string             `json:"code"`
	Field    string             `json:"field,omitempty"`
	Rejected []*event.Rejection `json:"rejected,omitempty"`
	// Supported are the contracts that could have been used instead.
	Supported []string `json:"supported,omitempty"`

	retryAfter time.Duration
}

func (p *problem) write(w http.ResponseWriter) {
	p.Type, p.Title = "about:blank", http.StatusText(p.Status)
	if p.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(p.retryAfter.Seconds()))))
	}
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="watchllm"`)
	}
	writeJSON(w, p.Status, "application/problem+json", p)
}

func writeJSON(w http.ResponseWriter, status int, contentType string, v any) {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)              // "<key>" is for people to read
	if err := enc.Encode(v); err != nil { // only texts and numbers are ever in it
		status = http.StatusInternalServerError
		body.Reset()
		body.WriteString("{\"status\":500}\n")
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // nobody is left to tell
}

// refusedData answers for the pipeline. Its words are passed on only when they are meant for the sender, which those with a
// status are; others may tell of addresses and files.
func refusedData(err error) *problem {
	s, meant := status.FromError(err)
	if !meant {
		if consumererror.IsPermanent(err) {
			return &problem{Status: http.StatusInternalServerError, Code: "internal", Detail: "the events could not be processed; the server's log says why"}
		}
		return &problem{
			Status: http.StatusServiceUnavailable, Code: "unavailable", retryAfter: defaultRetry,
			Detail: "the events could not be queued; send them again",
		}
	}
	p := &problem{Detail: s.Message()}
	switch s.Code() {
	case codes.Unauthenticated:
		p.Status, p.Code = http.StatusUnauthorized, "unauthenticated"
	case codes.PermissionDenied:
		p.Status, p.Code = http.StatusForbidden, "forbidden"
	case codes.ResourceExhausted:
		p.Status, p.Code, p.retryAfter = http.StatusTooManyRequests, "limit", retryDelay(s)
	case codes.InvalidArgument:
		p.Status, p.Code = http.StatusBadRequest, "invalid"
		if hasReason(s, "REQUEST_TOO_LARGE") {
			p.Status, p.Code = http.StatusRequestEntityTooLarge, event.CodeTooLarge
		}
	case codes.Canceled, codes.DeadlineExceeded, codes.Aborted, codes.OutOfRange, codes.Unavailable, codes.DataLoss:
		p.Status, p.Code, p.retryAfter = http.StatusServiceUnavailable, "unavailable", retryDelay(s)
	default:
		p.Status, p.Code = http.StatusInternalServerError, "internal"
	}
	return p
}

// hasReason finds the google.rpc.ErrorInfo with which the pipeline says more than a status code can.
func hasReason(s *status.Status, reason string) bool {
	for _, d := range s.Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok && info.GetReason() == reason {
			return true
		}
	}
	return false
}

func retryDelay(s *status.Status) time.Duration {
	for _, d := range s.Details() {
		if info, ok := d.(*errdetails.RetryInfo); ok && info.GetRetryDelay().AsDuration() > 0 {
			return info.GetRetryDelay().AsDuration()
		}
	}
	return defaultRetry
}
