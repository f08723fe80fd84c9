package apikey

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchllm/watchllm/internal/tenancy"
)

// Record is what the server knows of one key.
type Record struct {
	ID      string
	Hash    Hash
	Tenant  string
	Project string
	Roles   []tenancy.Role
	// Plan names the tenant's plan for metering; empty means that none is set.
	Plan string
	// Name is for people: where the key is used.
	Name      string
	CreatedAt time.Time
	// ExpiresAt and RevokedAt are zero when the key neither expires nor was revoked.
	ExpiresAt time.Time
	RevokedAt time.Time
	// ReplacedBy is the id of the key that a rotation made in place of this one.
	ReplacedBy string
}

// State of a key at one moment.
type State string

// States of a key.
const (
	StateActive  State = "active"
	StateExpired State = "expired"
	StateRevoked State = "revoked"
)

// State at now. A revocation in the future is not yet in force.
func (r Record) State(now time.Time) State {
	if !r.RevokedAt.IsZero() && !now.Before(r.RevokedAt) {
		return StateRevoked
	}
	if !r.ExpiresAt.IsZero() && !now.Before(r.ExpiresAt) {
		return StateExpired
	}
	return StateActive
}

// Identity that a request with this key acts as.
func (r Record) Identity() tenancy.Identity {
	return tenancy.Identity{Tenant: r.Tenant, Project: r.Project, KeyID: r.ID, Roles: r.Roles, Plan: r.Plan}
}

// FieldError is a wrong value of one field, with its cure.
type FieldError struct {
	Field   string
	Message string
}

func (e FieldError) Error() string { return e.Field + ": " + e.Message }

// Validate returns every wrong field of the record.
func (r Record) Validate() []FieldError {
	var errs []FieldError
	add := func(field, format string, args ...any) {
		errs = append(errs, FieldError{field, fmt.Sprintf(format, args...)})
	}
	if strings.HasPrefix(r.ID, Prefix) { // a whole key, which must not get into a log
		add("id", "holds more than the id; keep only the %d characters between %s and the second underscore, and revoke the key if others could read it", idLength, Prefix)
	} else if !ValidID(r.ID) {
		add("id", "%q is not a key id; copy the %d characters between %s and the second underscore of the key", r.ID, idLength, Prefix)
	}
	if r.Hash.IsZero() {
		add("hash", "is missing; `watchllmctl keys create` writes it")
	}
	if err := CheckName(r.Tenant); err != nil {
		add("tenant", "%v", err)
	}
	if err := CheckName(r.Project); err != nil {
		add("project", "%v", err)
	}
	if r.Plan != "" {
		if err := CheckName(r.Plan); err != nil {
			add("plan", "%v", err)
		}
	}
	if r.ReplacedBy != "" && !ValidID(r.ReplacedBy) {
		add("replaced_by", "must be the id of another key; `watchllmctl keys rotate` writes it")
	}
	if len(r.Roles) == 0 {
		add("roles", "a key without a role may do nothing; give it one or more of %s", RoleNames())
	}
	for i, role := range r.Roles {
		if !slices.Contains(tenancy.Roles, role) {
			add(fmt.Sprintf("roles[%d]", i), "%q is not a role; use %s", role, RoleNames())
		}
	}
	if !r.ExpiresAt.IsZero() && !r.CreatedAt.IsZero() && !r.ExpiresAt.After(r.CreatedAt) {
		add("expires_at", "lies before created_at; set it later or remove it")
	}
	return errs
}

const nameLength = 128

// CheckName accepts what tenants, projects and plans may be called. They become column
// values, metric labels and file paths, so the alphabet is small.
func CheckName(s string) error {
	if s == "" {
		return fmt.Errorf("is missing; use %q if there is only one", tenancy.Default)
	}
	if len(s) > nameLength {
		return fmt.Errorf("has %d characters; use at most %d", len(s), nameLength)
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; !isBase62(s[i:i+1]) && (i == 0 || (c != '-' && c != '_' && c != '.')) {
			return fmt.Errorf("%q has characters that are not allowed; start with a letter or digit and use only letters, digits, '-', '_' and '.'", s)
		}
	}
	return nil
}

// ParseRoles reads role names and refuses what is not a role.
func ParseRoles(names []string) ([]tenancy.Role, error) {
	var out []tenancy.Role
	for _, n := range names {
		role := tenancy.Role(strings.ToLower(strings.TrimSpace(n)))
		if !slices.Contains(tenancy.Roles, role) {
			return nil, fmt.Errorf("%q is not a role; use %s", n, RoleNames())
		}
		if !slices.Contains(out, role) {
			out = append(out, role)
		}
	}
	return out, nil
}

// RoleNames lists the roles for messages: "ingest, read, admin or billing".
func RoleNames() string {
	names := make([]string, len(tenancy.Roles))
	for i, r := range tenancy.Roles {
		names[i] = string(r)
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
