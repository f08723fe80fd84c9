package replay

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/proto"

	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

const (
	typeProtobuf = "application/x-protobuf"
	typeJSON     = "application/json"
	// requestTimeout is that of the OTLP exporters of the SDKs.
	requestTimeout = 10 * time.Second
	// answerLimit bounds what is read of an answer: OTLP answers are tiny, a proxy's error page need not be.
	answerLimit = 64 << 10
)

type httpTransport struct {
	base   string
	client *http.Client
}

func newHTTPTransport(u *url.URL) *httpTransport {
	return &httpTransport{
		base:   strings.TrimSuffix(u.String(), "/"),
		client: &http.Client{Timeout: requestTimeout, Transport: http.DefaultTransport.(*http.Transport).Clone()},
	}
}

func (t *httpTransport) close() error {
	t.client.CloseIdleConnections()
	return nil
}

func (t *httpTransport) send(ctx context.Context, key string, p *payload) attempt {
	if p.vendor != nil {
		return t.post(ctx, key, p.vendor)
	}
	body, contentType := p.proto, typeProtobuf
	if p.json != nil {
		body, contentType = p.json, typeJSON
	}
	var packed bytes.Buffer
	zw := gzip.NewWriter(&packed)
	_, _ = zw.Write(body)
	_ = zw.Close()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.base+"/v1/"+string(p.signal), &packed)
	if err != nil {
		return attempt{err: err}
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Content-Encoding", "gzip")
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	return t.do(req, func(resp *http.Response, answer []byte) attempt {
		rejected, reason, err := partialSuccess(p.signal, resp.Header.Get("Content-Type"), answer)
		return attempt{answered: true, rejected: rejected, reason: reason, err: err}
	})
}

// do sends a request; accepted reads an answer that is 2xx.
func (t *httpTransport) do(req *http.Request, accepted func(resp *http.Response, answer []byte) attempt) attempt {
	resp, err := t.client.Do(req)
	if err != nil {
		return attempt{err: err, retry: req.Context().Err() == nil}
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, answerLimit))
	if err != nil {
		return attempt{err: err, retry: req.Context().Err() == nil}
	}
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		return accepted(resp, answer)
	}
	return refusal(resp, answer)
}

// refusal is what an answer other than 2xx means.
func refusal(resp *http.Response, answer []byte) attempt {
	a := attempt{answered: true, err: fmt.Errorf("HTTP %d: %s", resp.StatusCode, statusMessage(resp.Header.Get("Content-Type"), answer))}
	switch resp.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		a.err = fmt.Errorf("%w: %w", ErrRefused, a.err)
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		a.retry = true
		a.after = retryAfter(resp.Header.Get("Retry-After"), time.Now())
	}
	return a
}

// retryAfter reads both forms of the header; what cannot be read or lies in the past is 0.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(strings.TrimSpace(value)); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// partialSuccess reads how many records of an accepted request were refused. An answer that cannot be read is an error:
// a load balancer's welcome page must not count as delivery.
func partialSuccess(s signal, contentType string, body []byte) (int, string, error) {
	asJSON := strings.HasPrefix(contentType, typeJSON)
	decode := func(fromProto, fromJSON func([]byte) error) error {
		if asJSON {
			return fromJSON(body)
		}
		return fromProto(body)
	}
	var rejected int64
	var reason string
	var err error
	switch s {
	case traces:
		r := ptraceotlp.NewExportResponse()
		err = decode(r.UnmarshalProto, r.UnmarshalJSON)
		rejected, reason = r.PartialSuccess().RejectedSpans(), r.PartialSuccess().ErrorMessage()
	case metrics:
		r := pmetricotlp.NewExportResponse()
		err = decode(r.UnmarshalProto, r.UnmarshalJSON)
		rejected, reason = r.PartialSuccess().RejectedDataPoints(), r.PartialSuccess().ErrorMessage()
	case logs:
		r := plogotlp.NewExportResponse()
		err = decode(r.UnmarshalProto, r.UnmarshalJSON)
		rejected, reason = r.PartialSuccess().RejectedLogRecords(), r.PartialSuccess().ErrorMessage()
	}
	if err != nil {
		return 0, "", fmt.Errorf("the answer is not an OTLP response (is the endpoint a collector?): %w", err)
	}
	return int(rejected), reason, nil
}

// statusMessage is the text of an OTLP error answer, which is a google.rpc.Status in the request's encoding.
func statusMessage(contentType string, body []byte) string {
	if strings.HasPrefix(contentType, typeProtobuf) {
		var st spb.Status
		if proto.Unmarshal(body, &st) == nil && st.GetMessage() != "" {
			return st.GetMessage()
		}
	}
	text := strings.TrimSpace(strings.ToValidUTF8(string(body), "?"))
	if len(text) > 200 {
		text = strings.ToValidUTF8(text[:200], "") + "..."
	}
	return text
}
