package llmtenantprocessor

import (
	"context"
	"errors"

	"github.com/watchllm/watchllm/internal/tenancy"
)

// sender returns who sent the request, and why that sender may not send.
func (c *Config) sender(ctx context.Context) (tenancy.Identity, *refusal) {
	id, err := tenancy.Authorize(ctx, tenancy.RoleIngest)
	switch {
	case errors.Is(err, tenancy.ErrNoIdentity) && c.RequireIdentity:
		return tenancy.Identity{}, errNoIdentity
	case errors.Is(err, tenancy.ErrNoIdentity):
		return tenancy.Identity{Tenant: tenancy.Default, Project: tenancy.Default}, nil
	case err != nil && tenancy.KnowsRoles(ctx): // others only say who somebody is, and may send
		return id, errRole
	}
	if id.Project == "" {
		id.Project = tenancy.Default
	}
	return id, nil
}
