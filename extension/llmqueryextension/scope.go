package llmqueryextension

import (
	"context"

	"github.com/watchllm/watchllm/internal/tenancy"
)

// scope is the wall: the one tenant and project whose rows a request may see. It is made from the caller's
// identity only, and the store cannot be asked anything without one.
type scope struct {
	tenant  string
	project string
}

// newScope narrows an identity to the project the caller named. Nobody leaves the own tenant; the role
// admin opens the tenant's other projects, every other key is bound to its own.
func newScope(ctx context.Context, id tenancy.Identity, wanted string) (scope, error) {
	sc := scope{tenant: id.Tenant, project: id.Project}
	if wanted == "" || wanted == id.Project {
		return sc, nil
	}
	// Authorize tells the authenticator, which counts refusals.
	if _, err := tenancy.Authorize(ctx, tenancy.RoleAdmin); err != nil {
		return scope{}, errForbidden("The API key belongs to another project than project_id; leave project_id out or use that project's key.")
	}
	sc.project = wanted
	return sc, nil
}

// alone reports whether the asker is the tenant of installations that have no other: what is the operator's is its own.
func (sc scope) alone() bool { return sc.tenant == tenancy.Default }
