package apikeyauthextension

import (
	"encoding/base64"
	"strings"

	"github.com/watchllm/watchllm/internal/apikey"
)

// headers are what a request came with. gRPC spells the names in lower case, HTTP canonically.
type headers map[string][]string

func (h headers) get(lower, canonical string) []string {
	if v, ok := h[lower]; ok {
		return v
	}
	return h[canonical]
}

// presented is what one scheme found: nothing, a key, or keys that differ.
type presented struct {
	key           string
	found, differ bool
}

func (p presented) and(key string) presented {
	if p.found {
		p.differ = p.differ || key != p.key
		return p
	}
	return presented{key: key, found: true}
}

// andOurs passes over what does not begin like a WatchLLM key: it was meant for somebody else, such as a proxy.
func (p presented) andOurs(key string) presented {
	if !looksOurs(key) {
		return p
	}
	return p.and(key)
}

func looksOurs(v string) bool { return strings.HasPrefix(strings.TrimSpace(v), apikey.Prefix) }

// scheme is one way to send a key.
type scheme struct {
	name string
	find func(headers) presented
}

// schemes lists every known way; the order is the default order of Config.Schemes.
// X-API-Key comes first because a proxy may need Authorization for itself. Those after bearer are headers that
// clients of other services fill with credentials of those, so only what looks like a key of ours counts.
var schemes = []scheme{
	{"x_api_key", xAPIKey},
	{"bearer", bearer},
	{"basic", basic},
	{"datadog", datadog},
	{"sentry", sentry},
	{"helicone", helicone},
}

func xAPIKey(h headers) (p presented) {
	for _, v := range h.get("x-api-key", "X-Api-Key") {
		p = p.and(v)
	}
	return p
}

func bearer(h headers) (p presented) {
	for _, v := range h.get("authorization", "Authorization") {
		if key, ok := afterWord(v, "bearer"); ok {
			p = p.and(key)
		}
	}
	return p
}

// basic takes the password or the user name, whichever is a key, for the key: clients of other services send what
// those call a public and a secret key, and people put the key in either. If both look like keys, the password counts.
func basic(h headers) (p presented) {
	for _, v := range h.get("authorization", "Authorization") {
		encoded, ok := afterWord(v, "basic")
		if !ok {
			continue
		}
		pair, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
		if err != nil {
			continue
		}
		user, password, _ := strings.Cut(string(pair), ":")
		if looksOurs(password) {
			p = p.and(password)
		} else {
			p = p.andOurs(user)
		}
	}
	return p
}

func datadog(h headers) (p presented) {
	for _, v := range h.get("dd-api-key", "Dd-Api-Key") {
		p = p.andOurs(v)
	}
	return p
}

func helicone(h headers) (p presented) {
	for _, v := range h.get("helicone-auth", "Helicone-Auth") {
		if key, ok := afterWord(v, "bearer"); ok {
			p = p.andOurs(key)
		}
	}
	return p
}

// sentry takes the public key of a DSN, which the clients send in X-Sentry-Auth, in Authorization, or in the query
// parameter sentry_key. The parameter is here if the receiver's auth::request_params lists it.
func sentry(h headers) (p presented) {
	for _, v := range h["sentry_key"] {
		p = p.andOurs(v)
	}
	for _, values := range [2][]string{h.get("x-sentry-auth", "X-Sentry-Auth"), h.get("authorization", "Authorization")} {
		for _, v := range values {
			fields, ok := afterWord(v, "sentry")
			if !ok {
				continue
			}
			for field := range strings.SplitSeq(fields, ",") {
				if name, key, _ := strings.Cut(field, "="); strings.TrimSpace(name) == "sentry_key" {
					p = p.andOurs(strings.Trim(key, ` "`))
				}
			}
		}
	}
	return p
}

// afterWord returns what stands behind the word of an authentication scheme, which may have any case.
func afterWord(v, word string) (rest string, ok bool) {
	if len(v) <= len(word) || v[len(word)] != ' ' || !strings.EqualFold(v[:len(word)], word) {
		return "", false
	}
	return v[len(word)+1:], true
}

func schemeNames() []string {
	names := make([]string, len(schemes))
	for i, s := range schemes {
		names[i] = s.name
	}
	return names
}

func selectSchemes(names []string) []scheme {
	var out []scheme
	for _, n := range names {
		for _, s := range schemes {
			if s.name == n {
				out = append(out, s)
			}
		}
	}
	return out
}
