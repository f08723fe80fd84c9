package testkit

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCapturesLoad(t *testing.T) {
	cases := Cases(t)
	withTraces := 0
	names := map[string]bool{}
	for i := range cases {
		c := &cases[i]
		require.False(t, names[c.Name()], "%s twice", c.Name())
		names[c.Name()] = true
		requests := c.Traces(t)
		require.Equal(t, c.HasTraces(), len(requests) > 0)
		if !c.HasTraces() {
			continue
		}
		withTraces++
		spans := 0
		for _, td := range requests {
			spans += td.SpanCount()
		}
		assert.Positive(t, spans, c.Name())
		assert.Equal(t, spans, OneRequest(requests).SpanCount(), c.Name())
	}
	assert.Greater(t, withTraces, 100)
}
