package recent

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A table does what a map does, also where many keys want one place.
func TestTable(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 9))
	var x table
	want := map[uint32]int32{}
	assert.Equal(t, nowhere, x.head(1))
	for i := range int32(50_000) {
		key := uint32(r.IntN(400))<<8 | 1
		if r.IntN(2) == 0 {
			before, ok := want[key]
			if !ok {
				before = nowhere
			}
			require.Equal(t, before, x.set(key, i))
			want[key] = i
		} else if _, ok := want[key]; ok {
			x.remove(key)
			delete(want, key)
		}
		require.Len(t, want, x.count)
	}
	for key := range uint32(400) {
		head, ok := want[key<<8|1]
		if !ok {
			head = nowhere
		}
		assert.Equal(t, head, x.head(key<<8|1))
	}
}
