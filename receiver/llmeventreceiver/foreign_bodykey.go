package llmeventreceiver

import (
	"bytes"
	"io"
	"net/http"
	"net/netip"
	"strings"

	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/inflight"
	"github.com/watchllm/watchllm/internal/tenancy"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/foreign"
)

// Bodies of senders that nobody knows yet: anyone can send them. The clients that have their key in the body send 5 MiB at most.
const (
	maxUnproven = 6 << 20
	// unprovenRoom is shared by all of them; who sends from one address gets half of it.
	unprovenRoom = 64 << 20
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
	body := inflight.NewBuffer(f.unproven, addressOf(req))
	if err := body.ReadRequest(req, maxUnproven, f.r.cfg.ServerConfig.CompressionAlgorithms); err != nil {
		body.Release()
		return nil, leave, unreadableBody(err, maxUnproven)
	}
	known := req.Clone(req.Context())
	known.Body, known.ContentLength = io.NopCloser(bytes.NewReader(body.Data)), int64(len(body.Data))
	known.Header.Del("Content-Encoding")
	if key := d.BodyKey(body.Data); key != "" {
		known.Header.Set("X-Api-Key", key)
	}
	authenticated, p = f.r.gate.check(known, known.Header)
	return authenticated, body.Release, p
}

// addressOf is where somebody unknown sends from: an IPv4 address, or the network of 64 bits that one IPv6 customer has. Who fills the
// room from one of them leaves some to the others.
func addressOf(req *http.Request) string {
	from, err := netip.ParseAddrPort(req.RemoteAddr)
	if err != nil {
		return ""
	}
	addr := from.Addr().Unmap()
	if !addr.Is6() {
		return addr.String()
	}
	network, err := addr.Prefix(64)
	if err != nil {
		return ""
	}
	return network.String()
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
