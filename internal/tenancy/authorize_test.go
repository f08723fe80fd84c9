package tenancy

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/client"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Every role against every key that has exactly one: only its own door opens, and admin opens all.
func TestAuthorizeIsAMatrix(t *testing.T) {
	for _, has := range Roles {
		for _, needed := range Roles {
			ctx := NewContext(context.Background(), Identity{Tenant: "acme", Project: "shop", Roles: []Role{has}})
			id, err := Authorize(ctx, needed)
			require.Equal(t, "acme", id.Tenant)
			if has == needed || has == RoleAdmin {
				require.NoError(t, err, "%s for %s", has, needed)
				continue
			}
			require.Equal(t, &RoleError{needed}, err, "%s for %s", has, needed)
			require.ErrorContains(t, err, string(needed))
			s := status.Convert(err)
			require.Equal(t, codes.PermissionDenied, s.Code())
			require.Equal(t, "API_KEY_WRONG_ROLE", s.Details()[0].(*errdetails.ErrorInfo).Reason)
		}
	}
}

func TestAuthorizeTellsTheAuthenticator(t *testing.T) {
	var asked []Role
	caller := &Caller{
		Identity:  Identity{Tenant: "acme", Project: "shop", Roles: []Role{RoleRead}},
		WrongRole: func(_ context.Context, r Role) { asked = append(asked, r) },
	}
	ctx := NewCallerContext(context.Background(), caller)
	id, err := Authorize(ctx, RoleRead)
	require.NoError(t, err)
	require.Equal(t, caller.Identity, id)
	_, err = Authorize(ctx, RoleIngest)
	require.Error(t, err)
	require.Equal(t, []Role{RoleIngest}, asked)
	caller.WrongRole = nil
	_, err = Authorize(ctx, RoleBilling)
	require.Error(t, err)
}

func TestAuthorizeWithOtherAuthenticators(t *testing.T) {
	with := func(auth client.AuthData) context.Context {
		return client.NewContext(context.Background(), client.Info{Auth: auth})
	}
	for name, c := range map[string]struct {
		auth  client.AuthData
		roles bool
		want  error
	}{
		"nobody":         {nil, false, ErrNoIdentity},
		"empty identity": {Identity{}, true, ErrNoIdentity},
		"empty caller":   {&Caller{}, true, ErrNoIdentity},
		"no tenant":      {foreignAuth{AttributeRoles: []string{"read"}}, true, ErrNoIdentity},
		"no roles":       {foreignAuth{AttributeTenant: "acme"}, false, &RoleError{RoleRead}},
		"odd roles":      {foreignAuth{AttributeTenant: "acme", AttributeRoles: []string{"Read", "root"}}, true, &RoleError{RoleRead}},
		"roles":          {foreignAuth{AttributeTenant: "acme", AttributeRoles: []string{"x", "read"}}, true, nil},
		"own, no roles":  {Identity{Tenant: "acme"}, true, &RoleError{RoleRead}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Authorize(with(c.auth), RoleRead)
			require.Equal(t, c.want, err)
			require.Equal(t, c.roles, KnowsRoles(with(c.auth)))
		})
	}
}
