package tenancy

import (
	"context"
	"errors"

	"go.opentelemetry.io/collector/client"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// ErrNoIdentity means that no authenticator said who sends; each door decides what that means.
var ErrNoIdentity = errors.New("nobody is identified as the sender")

// RoleError refuses an identity that lacks a role. gRPC sends it as PermissionDenied with the
// google.rpc.ErrorInfo API_KEY_WRONG_ROLE; HTTP doors answer 403.
type RoleError struct{ Role Role }

var _ error = (*RoleError)(nil)

func (e *RoleError) Error() string {
	return "this key does not have the role " + string(e.Role) + "; use one that has it"
}

// GRPCStatus lets gRPC servers and collector receivers find the code.
func (e *RoleError) GRPCStatus() *status.Status {
	s := status.New(codes.PermissionDenied, e.Error())
	if detailed, err := s.WithDetails(&errdetails.ErrorInfo{
		Reason: "API_KEY_WRONG_ROLE", Domain: "watchllm", Metadata: map[string]string{"role": string(e.Role)},
	}); err == nil {
		return detailed
	}
	return s
}

// Authorize is the one question that every door asks: who is this, and may they do this here? It returns
// ErrNoIdentity or a *RoleError, beside the identity as far as it is known.
//
// An authenticator that says who somebody is but has no roles is refused: who may do nothing in particular may
// do nothing. Doors that know better ask KnowsRoles first.
func Authorize(ctx context.Context, needed Role) (Identity, error) {
	id, ok := FromContext(ctx)
	if !ok {
		return id, ErrNoIdentity
	}
	if id.May(needed) {
		return id, nil
	}
	if c, ok := client.FromContext(ctx).Auth.(*Caller); ok && c.WrongRole != nil {
		c.WrongRole(ctx, needed)
	}
	return id, &RoleError{needed}
}

// KnowsRoles is false for authenticators that say who somebody is but not what they may do, such as one for OIDC.
func KnowsRoles(ctx context.Context) bool {
	auth := client.FromContext(ctx).Auth
	return auth != nil && auth.GetAttribute(AttributeRoles) != nil
}
