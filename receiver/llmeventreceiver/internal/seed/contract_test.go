package seed

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/contract"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
)

// What the registry publishes and what is read are the same types, the same fields and the same spellings.
func TestRegistryIsWhatIsRead(t *testing.T) {
	all, err := contract.Load("../../../../sdk-conventions/registry/contracts")
	require.NoError(t, err)
	i := slices.IndexFunc(all, func(c *contract.Contract) bool { return c.Schema == Schema })
	require.GreaterOrEqual(t, i, 0)
	c := all[i]
	names := []string{}
	for _, typ := range c.Types {
		names = append(names, typ.Name)
		k := kinds[typ.Name]
		require.Equal(t, contract.SpellingsOf(c.Fields(typ)), k.table.Spellings(), typ.Name)
		require.Len(t, typ.Required, len(k.required), typ.Name)
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(kinds)), names)
	require.Equal(t, contract.SpellingsOf(c.Common), envelope.Spellings())
	for group, table := range map[string]event.Table{"sdk": sdkTable, "context": contextTable, "usage": event.UsageTable()} {
		require.Equal(t, contract.SpellingsOf(c.Group(group)), table.Spellings(), group)
	}
}
