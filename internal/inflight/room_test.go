package inflight

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRoom(t *testing.T) {
	r := NewRoom(100)
	require.True(t, r.Take("a", 40))
	require.False(t, r.Take("a", 11), "more than is left for others")
	require.True(t, r.Take("a", 10))
	require.True(t, r.Take("b", 25), "another has as much as is left behind it")
	require.False(t, r.Take("b", 1))
	require.EqualValues(t, 75, r.Taken())
	r.Give("a", 50)
	require.True(t, r.Take("b", 12))
	r.Give("b", 37)
	require.Zero(t, r.Taken())
	require.Empty(t, r.by)
}
