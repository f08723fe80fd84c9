package tenancy

import (
	"context"
	"slices"

	"go.opentelemetry.io/collector/client"
)

// Caller is an Identity as an authenticator puts it on the context of a request. It is shared by all
// requests of one key, so nobody may change it.
type Caller struct {
	Identity
	// WrongRole, unless nil, is told of a role that a door asked for and the identity does not have,
	// so that the authenticator counts what it let in and a door refused.
	WrongRole func(context.Context, Role)
}

var _ client.AuthData = (*Caller)(nil)

// NewContext puts the identity where receivers and processors look for it, keeping the
// peer address and metadata that the server had already recorded.
func NewContext(ctx context.Context, id Identity) context.Context { return withAuth(ctx, id) }

// NewCallerContext is NewContext without a copy of the identity.
func NewCallerContext(ctx context.Context, c *Caller) context.Context { return withAuth(ctx, c) }

func withAuth(ctx context.Context, auth client.AuthData) context.Context {
	info := client.FromContext(ctx)
	info.Auth = auth
	return client.NewContext(ctx, info)
}

// Sender is who sent what a context belongs to: the default tenant where nobody asks for a key.
func Sender(ctx context.Context) Identity {
	if id, ok := FromContext(ctx); ok {
		return id
	}
	return Identity{Tenant: Default, Project: Default}
}

// Owner is whose data it is; an id of one owner means nothing to another.
type Owner struct{ Tenant, Project string }

// Owner is the tenant and project of the identity.
func (id Identity) Owner() Owner { return Owner{id.Tenant, id.Project} }

// FromContext returns the identity an authenticator put on the context. It understands any
// authenticator whose AuthData has tenant.id (and optionally project.id, roles and plan), not only ours.
func FromContext(ctx context.Context) (Identity, bool) {
	switch auth := client.FromContext(ctx).Auth.(type) {
	case nil:
		return Identity{}, false
	case Identity:
		return auth, auth.Tenant != ""
	case *Caller:
		return auth.Identity, auth.Tenant != ""
	default:
		return fromOther(auth)
	}
}

func fromOther(auth client.AuthData) (Identity, bool) {
	id := Identity{Project: Default}
	id.Tenant, _ = auth.GetAttribute(AttributeTenant).(string)
	if project, _ := auth.GetAttribute(AttributeProject).(string); project != "" {
		id.Project = project
	}
	id.Plan, _ = auth.GetAttribute(AttributePlan).(string)
	roles, _ := auth.GetAttribute(AttributeRoles).([]string)
	for _, r := range roles {
		if slices.Contains(Roles, Role(r)) {
			id.Roles = append(id.Roles, Role(r))
		}
	}
	return id, id.Tenant != ""
}
