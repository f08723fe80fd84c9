package tenancy

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/pdata/pcommon"
)

type foreignAuth map[string]any

func (f foreignAuth) GetAttribute(n string) any   { return f[n] }
func (f foreignAuth) GetAttributeNames() []string { return nil }

func TestContextKeepsTheIdentityAndThePeer(t *testing.T) {
	ctx := client.NewContext(context.Background(), client.Info{Metadata: client.NewMetadata(map[string][]string{"x": {"1"}})})
	want := Identity{Tenant: "acme", Project: "shop", KeyID: "k1", Roles: []Role{RoleIngest}, Plan: "pro"}
	ctx = NewContext(ctx, want)
	got, ok := FromContext(ctx)
	require.True(t, ok)
	require.Equal(t, want, got)
	require.Equal(t, []string{"1"}, client.FromContext(ctx).Metadata.Get("x"))
	for _, name := range want.GetAttributeNames() {
		require.NotNil(t, want.GetAttribute(name), name)
	}
	require.Nil(t, want.GetAttribute("other"))
}

func TestOtherAuthenticators(t *testing.T) {
	for name, c := range map[string]struct {
		auth   client.AuthData
		tenant string
		ok     bool
	}{
		"none":            {nil, "", false},
		"without tenant":  {foreignAuth{"subject": "me"}, "", false},
		"wrong type":      {foreignAuth{AttributeTenant: 7}, "", false},
		"foreign tenant":  {foreignAuth{AttributeTenant: "acme"}, "acme", true},
		"empty identity":  {Identity{}, "", false},
		"simple identity": {Identity{Tenant: "a"}, "a", true},
	} {
		t.Run(name, func(t *testing.T) {
			id, ok := FromContext(client.NewContext(context.Background(), client.Info{Auth: c.auth}))
			require.Equal(t, c.ok, ok)
			require.Equal(t, c.tenant, id.Tenant)
		})
	}
}

// Metering reads the plan from whoever said who sends.
func TestPlan(t *testing.T) {
	pro := Identity{Tenant: "acme", Plan: "pro"}
	for name, c := range map[string]struct {
		auth client.AuthData
		want string
	}{
		"identity":          {pro, "pro"},
		"caller":            {&Caller{Identity: pro}, "pro"},
		"none":              {Identity{Tenant: "acme"}, ""},
		"other":             {foreignAuth{AttributeTenant: "acme", AttributePlan: "pro"}, "pro"},
		"other, wrong type": {foreignAuth{AttributeTenant: "acme", AttributePlan: 7}, ""},
		"other, none":       {foreignAuth{AttributeTenant: "acme"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			id, ok := FromContext(client.NewContext(context.Background(), client.Info{Auth: c.auth}))
			require.True(t, ok)
			require.Equal(t, c.want, id.Plan)
		})
	}
}

func TestPlanIsAnAttribute(t *testing.T) {
	require.Equal(t, "pro", Identity{Plan: "pro"}.GetAttribute("plan"))
	require.Contains(t, Identity{}.GetAttributeNames(), "plan")
}

func TestRoles(t *testing.T) {
	require.True(t, Identity{Roles: []Role{RoleRead}}.May(RoleRead))
	require.False(t, Identity{Roles: []Role{RoleRead}}.May(RoleIngest))
	require.True(t, Identity{Roles: []Role{RoleAdmin}}.May(RoleBilling))
	require.False(t, Identity{}.May(RoleRead))
}

func TestStampReplacesClaims(t *testing.T) {
	m := pcommon.NewMap()
	tenant, project := FromResource(m)
	require.Equal(t, [2]string{Default, Default}, [2]string{tenant, project})
	m.PutInt("watchllm.tenant.id", 7)
	m.PutStr("watchllm.project.id", "claimed")
	tenant, _ = FromResource(m)
	require.Equal(t, Default, tenant)
	Stamp(m, "acme", "shop")
	tenant, project = FromResource(m)
	require.Equal(t, [2]string{"acme", "shop"}, [2]string{tenant, project})
	require.Equal(t, 2, m.Len())
}
