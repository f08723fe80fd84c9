package llmtenantprocessor

import (
	"context"
	"errors"

	"go.opentelemetry.io/collector/consumer/consumererror"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/watchllm/watchllm/internal/tenancy"
)

// refusal is an error that otlp and llm_event receivers turn into the right answer, and whose text is
// meant for whoever sends.
type refusal struct{ status *status.Status }

func (r refusal) Error() string { return r.status.Message() }

// GRPCStatus lets receivers find the code.
func (r refusal) GRPCStatus() *status.Status { return r.status }

// Both are permanent: the same data from the same sender would be refused again.
var (
	errNoIdentity = consumererror.NewPermanent(refusal{status.New(codes.Unauthenticated,
		"nobody is identified as the sender; give the receiver an `auth` section with an authenticator, or set require_identity to false")})
	errRole = consumererror.NewPermanent(refusal{status.New(codes.PermissionDenied,
		"this key may not send data; use a key with the role "+string(tenancy.RoleIngest))})
)

// sender returns who sent the request, or an error if that sender may not send.
func (c *Config) sender(ctx context.Context) (tenancy.Identity, error) {
	id, err := tenancy.Authorize(ctx, tenancy.RoleIngest)
	switch {
	case errors.Is(err, tenancy.ErrNoIdentity) && c.RequireIdentity:
		return tenancy.Identity{}, errNoIdentity
	case errors.Is(err, tenancy.ErrNoIdentity):
		return tenancy.Identity{Tenant: tenancy.Default, Project: tenancy.Default}, nil
	case err != nil && tenancy.KnowsRoles(ctx): // others only say who somebody is, and may send
		return tenancy.Identity{}, errRole
	}
	if id.Project == "" {
		id.Project = tenancy.Default
	}
	return id, nil
}
