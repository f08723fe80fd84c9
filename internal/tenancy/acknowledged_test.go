package tenancy

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAcknowledged(t *testing.T) {
	ctx := NewContext(context.Background(), Identity{Tenant: "acme"})
	require.False(t, Acknowledged(ctx))
	ctx = WithAcknowledged(ctx)
	require.True(t, Acknowledged(ctx))
	id, ok := FromContext(ctx)
	require.True(t, ok)
	require.Equal(t, "acme", id.Tenant)
}
