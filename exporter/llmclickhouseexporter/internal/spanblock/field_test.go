package spanblock

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.opentelemetry.io/collector/pdata/pcommon"
)

// A list in a list in a list: written out naively, a few megabytes of it take minutes.
func TestStructuredValuesAreWrittenInBoundedTime(t *testing.T) {
	root := pcommon.NewValueEmpty()
	v := root
	for range 400_000 {
		v = v.SetEmptySlice().AppendEmpty()
	}
	text := asText(root)
	assert.True(t, json.Valid([]byte(text)))
	assert.Equal(t, `"nested deeper than 1024 levels"`, text)

	small := pcommon.NewValueMap()
	small.Map().PutEmptySlice("a").AppendEmpty().SetInt(1)
	assert.Equal(t, `{"a":[1]}`, asText(small))
}
