package llmeventreceiver

import (
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/watchllm/watchllm/internal/inflight"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
)

// readBody reads and inflates a request's body, which may have as many bytes as the configuration allows. The caller releases what it
// got.
func (r *eventReceiver) readBody(req *http.Request, sender string) (*inflight.Buffer, *problem) {
	b := inflight.NewBuffer(r.room, sender)
	if err := b.ReadRequest(req, r.cfg.maxBody(), r.cfg.ServerConfig.CompressionAlgorithms); err != nil {
		b.Release()
		return nil, unreadableBody(err, r.cfg.maxBody())
	}
	return b, nil
}

func unreadableBody(err error, most int64) *problem {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		most = tooLarge.Limit
	}
	switch {
	case errors.Is(err, inflight.ErrTooLarge), tooLarge != nil:
		return &problem{
			Status: http.StatusRequestEntityTooLarge, Code: event.CodeTooLarge,
			Detail: fmt.Sprintf("the body is larger than %d bytes; split the events over several requests", most),
		}
	case errors.Is(err, inflight.ErrNoRoom):
		return &problem{Status: http.StatusServiceUnavailable, Code: "busy", retryAfter: defaultRetry, Detail: err.Error()}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &problem{Status: http.StatusRequestTimeout, Code: "timeout", Detail: "the body did not come in time; send it again, faster or in smaller requests"}
	case errors.Is(err, inflight.ErrEncoding):
		return &problem{Status: http.StatusUnsupportedMediaType, Code: "unsupported_encoding", Detail: err.Error()}
	}
	return &problem{Status: http.StatusBadRequest, Code: "unreadable_body", Detail: "the body could not be read: " + err.Error()}
}
