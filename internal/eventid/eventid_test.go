package eventid

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What is in the store has these ids: another way to derive them would store every event that is sent again a second time.
func TestIDsNeverChange(t *testing.T) {
	require.Equal(t, "8d765261f914487557c7d3154a7a2102", Trace("acme", "e-1").String())
	require.Equal(t, "661319a7ee46ebb0", Span("acme", "e-1").String())
	require.NotEqual(t, Span("acme", "e-1"), Span("rival", "e-1"))
	require.NotEqual(t, Span("acme", "e-1"), Span("acme", "e-2"))
}
