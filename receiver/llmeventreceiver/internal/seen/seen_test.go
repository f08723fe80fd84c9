package seen

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/watchllm/watchllm/internal/tenancy"
)

func TestSetRemembersItsOwnersIDs(t *testing.T) {
	s := New(4)
	shop := tenancy.Owner{Tenant: "acme", Project: "shop"}
	assert.Zero(t, s.Count(shop, []string{"a", "b"}))
	s.Put(shop, []string{"a", "b", "a"})
	assert.Equal(t, 2, s.Count(shop, []string{"a", "b", "c"}))
	for _, other := range []tenancy.Owner{{Tenant: "acme", Project: "blog"}, {Tenant: "evil", Project: "shop"}, {Tenant: "acmes", Project: "hop"}} {
		assert.Zero(t, s.Count(other, []string{"a", "b"}), other)
	}
}

func TestSetForgetsTheOldest(t *testing.T) {
	s := New(4)
	owner := tenancy.Owner{Tenant: "t"}
	var ids []string
	for i := range 100 {
		ids = append(ids, strconv.Itoa(i))
		s.Put(owner, ids[i:])
		assert.LessOrEqual(t, s.Count(owner, ids), 8)
		assert.Equal(t, min(4, len(ids)), s.Count(owner, ids[max(0, len(ids)-4):]), "the last four")
	}
	assert.Zero(t, s.Count(owner, ids[:90]))
}
