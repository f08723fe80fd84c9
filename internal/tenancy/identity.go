package tenancy

import (
	"slices"

	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/watchllm/watchllm/internal/semconv"
)

// Default is the tenant and the project of data that no authenticator identified,
// so that every component also works in a distribution without api_key_auth.
const Default = "default"

// Role is one thing a key may do.
type Role string

// Roles of a key. A key without the role that a door asks for is refused with 403.
const (
	RoleIngest  Role = "ingest"
	RoleRead    Role = "read"
	RoleAdmin   Role = "admin"
	RoleBilling Role = "billing"
)

// Roles is the closed list, in the order help texts show it.
var Roles = []Role{RoleIngest, RoleRead, RoleAdmin, RoleBilling}

// Names under which an Identity answers client.AuthData.GetAttribute.
const (
	AttributeTenant  = "tenant.id"
	AttributeProject = "project.id"
	AttributeKey     = "key.id"
	AttributeRoles   = "roles"
	AttributePlan    = "plan"
)

// Identity is who sent a request; it comes from an API key and from nowhere else.
type Identity struct {
	Tenant  string
	Project string
	KeyID   string
	Roles   []Role
	// Plan names the tenant's plan, for metering; empty means that none is set. It opens no door.
	Plan string
}

var _ client.AuthData = Identity{}

// GetAttribute answers the names listed above; roles are a []string, the others a string.
func (id Identity) GetAttribute(name string) any {
	switch name {
	case AttributeTenant:
		return id.Tenant
	case AttributeProject:
		return id.Project
	case AttributeKey:
		return id.KeyID
	case AttributeRoles:
		out := make([]string, len(id.Roles))
		for i, r := range id.Roles {
			out[i] = string(r)
		}
		return out
	case AttributePlan:
		return id.Plan
	}
	return nil
}

// GetAttributeNames lists what GetAttribute knows.
func (Identity) GetAttributeNames() []string {
	return []string{AttributeTenant, AttributeProject, AttributeKey, AttributeRoles, AttributePlan}
}

// May reports whether the identity has the role; admin has every role.
func (id Identity) May(r Role) bool {
	return slices.Contains(id.Roles, r) || slices.Contains(id.Roles, RoleAdmin)
}

// FromResource reads the stamped identity; what is not stamped is Default.
func FromResource(attrs pcommon.Map) (tenant, project string) {
	tenant, project = Default, Default
	if v, ok := attrs.Get(semconv.WatchLLMTenantID); ok && v.Type() == pcommon.ValueTypeStr && v.Str() != "" {
		tenant = v.Str()
	}
	if v, ok := attrs.Get(semconv.WatchLLMProjectID); ok && v.Type() == pcommon.ValueTypeStr && v.Str() != "" {
		project = v.Str()
	}
	return tenant, project
}

// Stamp writes the identity on a resource, replacing whatever the payload claimed.
func Stamp(attrs pcommon.Map, tenant, project string) {
	attrs.PutStr(semconv.WatchLLMTenantID, tenant)
	attrs.PutStr(semconv.WatchLLMProjectID, project)
}
