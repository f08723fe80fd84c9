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

// scheme is one way to send a key. find returns what was presented, or nothing.
type scheme struct {
	name string
	find func(headers) []string
}

// schemes lists every known way; the order is the default order of Config.Schemes.
// X-API-Key comes first because a proxy may need Authorization for itself.
var schemes = []scheme{
	{"x_api_key", func(h headers) []string { return h.get("x-api-key", "X-Api-Key") }},
	{"bearer", bearer},
	{"basic", basic},
}

func bearer(h headers) []string {
	const word = "bearer "
	values := h.get("authorization", "Authorization")
	for i, v := range values {
		if len(v) < len(word) || !strings.EqualFold(v[:len(word)], word) {
			continue
		}
		if len(values) == 1 {
			return []string{v[len(word):]}
		}
		return append([]string{v[len(word):]}, bearer(headers{"authorization": values[i+1:]})...)
	}
	return nil
}

// basic takes the password for the key, or the user name where there is no password: clients of other services send what those call
// a public and a secret key. What does not look like a key was meant for somebody else, such as a proxy.
func basic(h headers) (found []string) {
	const word = "basic "
	for _, v := range h.get("authorization", "Authorization") {
		if len(v) < len(word) || !strings.EqualFold(v[:len(word)], word) {
			continue
		}
		pair, err := base64.StdEncoding.DecodeString(strings.TrimSpace(v[len(word):]))
		if err != nil {
			continue
		}
		user, password, _ := strings.Cut(string(pair), ":")
		if password == "" {
			password = user
		}
		if strings.HasPrefix(password, apikey.Prefix) {
			found = append(found, password)
		}
	}
	return found
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
