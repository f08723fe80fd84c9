package introspect

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/watchllm/watchllm/internal/apikey"
	"github.com/watchllm/watchllm/internal/tenancy"
)

// answer is what the server said of one key.
type answer struct {
	active   bool
	identity tenancy.Identity
	// expires is zero for a key that does not.
	expires time.Time
}

// unusableError is an answer about an active key that does not say who it is: a fault of that key's, not of the server.
type unusableError struct{ what string }

func (e unusableError) Error() string { return e.what }

// read turns the body of an answer into what it says. keyID names the key if the answer does not.
func (c *ClaimsConfig) read(body []byte, keyID string) (answer, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return answer{}, errors.New("the answer is not a JSON object")
	}
	var a answer
	if raw, ok := members["active"]; !ok || json.Unmarshal(raw, &a.active) != nil || string(raw) == "null" {
		return answer{}, errors.New(`the answer has no member "active" that is true or false`)
	}
	if !a.active {
		return a, nil
	}
	text := func(name string) (s string) {
		_ = json.Unmarshal(members[name], &s) // anything but a text is as if it were not there
		return s
	}
	a.identity = tenancy.Identity{Tenant: text(c.Tenant), Project: text(c.Project), KeyID: keyID, Roles: roles(members[c.Roles])}
	if a.identity.Project == "" {
		a.identity.Project = tenancy.Default
	}
	if id := text(c.KeyID); apikey.CheckName(id) == nil {
		a.identity.KeyID = id
	}
	if plan := text(c.Plan); apikey.CheckName(plan) == nil {
		a.identity.Plan = plan
	}
	for claim, value := range map[string]string{c.Tenant: a.identity.Tenant, c.Project: a.identity.Project} {
		if apikey.CheckName(value) != nil {
			return answer{}, unusableError{fmt.Sprintf("the member %q of an answer is missing or is no name of letters, digits, '-', '_' and '.'", claim)}
		}
	}
	if raw, ok := members["exp"]; ok && string(raw) != "null" {
		var seconds float64
		if json.Unmarshal(raw, &seconds) != nil || seconds < 0 || seconds > math.MaxInt32*100 {
			return answer{}, unusableError{`the member "exp" of an answer is not a time in seconds since 1970`}
		}
		a.expires = time.Unix(int64(seconds), 0)
	}
	return a, nil
}

// roles reads a text of words or a list of texts and leaves out what is no role.
func roles(raw json.RawMessage) []tenancy.Role {
	var words []string
	var text string
	if json.Unmarshal(raw, &text) == nil {
		words = strings.Fields(text)
	} else if json.Unmarshal(raw, &words) != nil {
		return nil
	}
	var out []tenancy.Role
	for _, w := range words {
		if r := tenancy.Role(w); slices.Contains(tenancy.Roles, r) && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}
