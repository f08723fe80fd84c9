package replay

import (
	"bytes"
	"context"
	"net/http"
	"path/filepath"

	"github.com/watchllm/watchllm/internal/captures"
	"github.com/watchllm/watchllm/internal/replay/split"
)

// native is the signal of a body in a vendor's own format, which the llm_event receiver takes on the vendor's path.
const native signal = "native"

// vendorBody is a request in a vendor's own format, as recorded.
type vendorBody struct {
	path, contentType string
	body              []byte
}

func readVendorBody(dir string, f captures.File) (*recording, error) {
	body, err := readBounded(filepath.Join(dir, f.File))
	if err != nil {
		return nil, err
	}
	return &recording{signal: native, vendor: &vendorBody{path: f.Path, contentType: f.ContentType, body: body}}, nil
}

// splitNative gives every record of a body a body of its own.
func (r *recording) splitNative() ([]*recording, error) {
	pieces, err := split.Split(r.vendor.path, r.vendor.contentType, r.vendor.body)
	if err != nil {
		return nil, err
	}
	out := make([]*recording, 0, len(pieces))
	for _, p := range pieces {
		out = append(out, &recording{signal: native, vendor: &vendorBody{path: p.Path, contentType: p.ContentType, body: p.Body}})
	}
	return out, nil
}

// post sends a vendor's body. Its clients look at the status only, and so does this.
func (t *httpTransport) post(ctx context.Context, key string, v *vendorBody) attempt {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.base+v.path, bytes.NewReader(v.body))
	if err != nil {
		return attempt{err: err}
	}
	if v.contentType != "" {
		req.Header.Set("Content-Type", v.contentType)
	}
	if key != "" {
		req.Header.Set("X-API-Key", key)
	}
	return t.do(req, func(*http.Response, []byte) attempt { return attempt{answered: true} })
}

// captureSender sends OTLP requests to one address and vendors' bodies to another.
type captureSender struct{ otlp, events *sender }

func newCaptureSender(o *CaptureOptions) (*captureSender, error) {
	otlp, err := newSender(o.Target)
	if err != nil {
		return nil, err
	}
	s := &captureSender{otlp: otlp}
	if o.Events != "" {
		if s.events, err = newSender(Target{Endpoint: o.Events, Protocol: HTTP, Patience: o.Patience}); err != nil {
			_ = otlp.close()
			return nil, err
		}
	}
	return s, nil
}

func (s *captureSender) send(ctx context.Context, key string, p *payload) outcome {
	if p.signal == native {
		return s.events.send(ctx, key, p)
	}
	return s.otlp.send(ctx, key, p)
}

func (s *captureSender) close() {
	_ = s.otlp.close()
	if s.events != nil {
		_ = s.events.close()
	}
}
