package native

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/contract"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
)

// registry is the contract as it is published.
func registry(t *testing.T) *contract.Contract {
	t.Helper()
	all, err := contract.Load("../../../../sdk-conventions/registry/contracts")
	require.NoError(t, err)
	i := slices.IndexFunc(all, func(c *contract.Contract) bool { return c.Schema == Schema })
	require.GreaterOrEqual(t, i, 0)
	return all[i]
}

// What the registry publishes and what is read are the same types, the same fields and the same spellings.
func TestRegistryIsWhatIsRead(t *testing.T) {
	c := registry(t)
	names := []string{}
	for _, typ := range c.Types {
		names = append(names, typ.Name)
		require.Equal(t, contract.SpellingsOf(c.Fields(typ)), kinds[typ.Name].table.Spellings(), typ.Name)
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(kinds)), names)
	require.Equal(t, contract.SpellingsOf(c.Common), custom.table.Spellings())
	for group, table := range map[string]event.Table{
		"status": statusTable, "usage": event.UsageTable(), "cost": event.CostTable(), "params": paramsTable, "target": targetTable,
	} {
		require.Equal(t, contract.SpellingsOf(c.Group(group)), table.Spellings(), group)
	}
}
