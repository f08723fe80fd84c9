package llmeventreceiver

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
)

// Bodies of senders that nobody knows yet: anyone can send them. The clients that have their key in the body send 5 MiB at most.
const (
	maxUnproven    = 6 << 20
	maxAllUnproven = 32 << 20
	unprovenChunk  = 64 << 10
)

// credentialHeaders are where a client may have its key; one of them is enough for the body not to be asked.
var credentialHeaders = []string{"Authorization", "X-Api-Key", "Dd-Api-Key", "X-Sentry-Auth"}

// enter asks for a key as the gate does, and in the body where a vendor's clients have theirs nowhere else. Such a body is read within
// narrow bounds and searched for nothing but the key. leave gives back what it took of them.
func (f *foreignVendors) enter(d *foreign.Decoder, req *http.Request) (authenticated *http.Request, leave func(), p *problem) {
	leave = func() {}
	if d.BodyKey == nil || f.r.gate.authenticator == nil || f.r.gate.presented(req) {
		authenticated, p = f.r.gate.enter(req)
		return authenticated, leave, p
	}
	body, held, p := f.unproven.read(req.Body)
	if p != nil {
		return nil, leave, p
	}
	known := req.Clone(req.Context())
	known.Body = io.NopCloser(bytes.NewReader(body))
	if key := d.BodyKey(body); key != "" {
		known.Header.Set("X-Api-Key", key)
	}
	authenticated, p = f.r.gate.check(known, known.Header)
	return authenticated, func() { f.unproven.give(held) }, p
}

// presented reports whether a request brings something that may be a key where the authenticator looks.
func (g gate) presented(r *http.Request) bool {
	for _, name := range credentialHeaders {
		if r.Header.Get(name) != "" {
			return true
		}
	}
	query := r.URL.Query()
	for _, name := range g.params {
		if query.Get(name) != "" {
			return true
		}
	}
	return false
}

// sameSender refuses a body with a key of ours that is not the sender's own: whoever sends for another says so in one place only. What
// is no key of ours, such as the vendor's, names nobody here.
func (f *foreignVendors) sameSender(d *foreign.Decoder, req *http.Request, body []byte) *problem {
	if d.BodyKey == nil || f.r.gate.authenticator == nil {
		return nil
	}
	key := d.BodyKey(body)
	if !strings.HasPrefix(key, apikey.Prefix) || key == req.Header.Get("X-Api-Key") {
		return nil
	}
	headers := http.Header{}
	headers.Set("X-Api-Key", key)
	other, p := f.r.gate.check(req, headers)
	if p != nil {
		return p
	}
	sender, _ := tenancy.FromContext(req.Context())
	named, _ := tenancy.FromContext(other.Context())
	if sender.Tenant != named.Tenant || sender.Project != named.Project {
		return &problem{Status: http.StatusForbidden, Code: "two_keys", Detail: "the key in the body is another's than the one in the headers; send one of them"}
	}
	return nil
}

// unproven bounds what bodies of unknown senders hold together.
type unproven struct{ held atomic.Int64 }

// read is the whole body and what to give back for it.
func (u *unproven) read(from io.Reader) (body []byte, held int64, p *problem) {
	var buf bytes.Buffer
	for {
		if u.held.Add(unprovenChunk) > maxAllUnproven {
			u.give(held + unprovenChunk)
			return nil, 0, &problem{
				Status: http.StatusServiceUnavailable, Code: "busy", retryAfter: defaultRetry,
				Detail: "too much is being read from senders with no key in their headers; send it again, or the key as X-API-Key",
			}
		}
		held += unprovenChunk
		n, err := io.CopyN(&buf, from, unprovenChunk)
		if int64(buf.Len()) > maxUnproven {
			err = &http.MaxBytesError{Limit: maxUnproven}
		}
		switch {
		case errors.Is(err, io.EOF):
			return buf.Bytes(), held, nil
		case err != nil || n < unprovenChunk:
			u.give(held)
			return nil, 0, unreadableBody(err)
		}
	}
}

func (u *unproven) give(n int64) { u.held.Add(-n) }
