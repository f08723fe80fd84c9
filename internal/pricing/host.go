package pricing

import (
	"fmt"
	"net/netip"
	"strings"
)

// A hostRule says who bills for calls to a host. The pattern may hold one {region}, which is then where the call was processed, or
// one *, both of which stand for one or more characters without a slash.
type hostRule struct {
	prefix, suffix string
	wild           bool
	region         string // fixed, or "{region}" for what the pattern matched
	provider       *provider
	layer          int // 0 unless the user's own
}

const regionPlaceholder = "{region}"

func newHostRule(pattern, region string, p *provider) (hostRule, error) {
	pattern = strings.ToLower(pattern)
	r := hostRule{prefix: pattern, region: region, provider: p}
	for _, wild := range []string{regionPlaceholder, "*"} {
		if before, after, ok := strings.Cut(pattern, wild); ok {
			r.prefix, r.suffix, r.wild = before, after, true
			if wild == regionPlaceholder && region == "" {
				r.region = regionPlaceholder
			}
		}
	}
	if strings.ContainsAny(r.prefix+r.suffix, "*{}/ ") || r.prefix+r.suffix == "" {
		return r, fmt.Errorf("hosts: %q: a host name with at most one * or {region}", pattern)
	}
	return r, nil
}

func (r *hostRule) match(host string) (region string, ok bool) {
	if !r.wild {
		return r.region, host == r.prefix
	}
	if len(host) <= len(r.prefix)+len(r.suffix) || !strings.HasPrefix(host, r.prefix) || !strings.HasSuffix(host, r.suffix) {
		return "", false
	}
	if r.region == regionPlaceholder {
		return host[len(r.prefix) : len(host)-len(r.suffix)], true
	}
	return r.region, true
}

// hostName reduces a server address (a host, host:port or URL) to a lower-case host.
func hostName(address string) string {
	s := strings.TrimSpace(address)
	s = strings.ToLower(s[:min(len(s), maxName)]) // the host stands at the beginning
	if _, rest, ok := strings.Cut(s, "://"); ok {
		s = rest
	}
	if i := strings.IndexAny(s, "/?#"); i >= 0 {
		s = s[:i]
	}
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		s = s[i+1:]
	}
	if strings.HasPrefix(s, "[") {
		if i := strings.IndexByte(s, ']'); i > 0 {
			return s[1:i]
		}
	}
	if strings.Count(s, ":") == 1 {
		s, _, _ = strings.Cut(s, ":")
	}
	return strings.TrimSuffix(s, ".")
}

// localHost reports whether a host is the user's own: loopback, private and link-local addresses, and names that cannot be public.
func localHost(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		a = a.Unmap()
		return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsUnspecified()
	}
	switch host {
	case "localhost", "host.docker.internal", "host.containers.internal":
		return true
	}
	for _, suffix := range []string{".localhost", ".local", ".internal", ".svc", ".lan", ".home.arpa"} {
		if strings.HasSuffix(host, suffix) {
			return true
		}
	}
	// A name without a dot is a container or a machine next door.
	return host != "" && !strings.ContainsAny(host, ".:")
}
