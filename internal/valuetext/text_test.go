package valuetext

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"go.opentelemetry.io/collector/pdata/pcommon"
)

func TestOf(t *testing.T) {
	nested := func(depth int, wrap func(pcommon.Value) pcommon.Value) pcommon.Value {
		root := pcommon.NewValueEmpty()
		v := root
		for range depth {
			v = wrap(v)
		}
		v.SetInt(1)
		return root
	}
	inMap := func(v pcommon.Value) pcommon.Value { return v.SetEmptyMap().PutEmpty("a") }
	inList := func(v pcommon.Value) pcommon.Value { return v.SetEmptySlice().AppendEmpty() }
	assert.Equal(t, `{"a":{"a":1}}`, Of(nested(2, inMap)))
	assert.Equal(t, `[[1]]`, Of(nested(2, inList)))
	assert.Equal(t, "text", Of(pcommon.NewValueStr("text")))
	for _, wrap := range []func(pcommon.Value) pcommon.Value{inMap, inList} {
		assert.NotEmpty(t, Of(nested(MaxDepth, wrap)))
		assert.Empty(t, Of(nested(MaxDepth+1, wrap)))
		assert.Empty(t, Of(nested(200_000, wrap)))
	}
}
