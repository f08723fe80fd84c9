package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestJSONPeek(t *testing.T) {
	text := `{"a":{"name":"x\"n","n":12, "m" : 7},"cut":99`
	n, ok := jsonIntMember(text, "n")
	assert.True(t, ok)
	assert.Equal(t, int64(12), n)
	n, ok = jsonIntMember(text, "m")
	assert.True(t, ok)
	assert.Equal(t, int64(7), n)
	_, ok = jsonIntMember(text, "cut")
	assert.False(t, ok, "a number at the end of the text may be cut off")
	_, ok = jsonIntMember(text, "absent")
	assert.False(t, ok)
	_, ok = jsonIntMember(`{"text":"\"n\":5,"}`, "n")
	assert.False(t, ok, "a name inside a string is no member")
	assert.Empty(t, jsonStringMember(text, "name"), "escapes are left to a real parser")
	assert.Equal(t, "m-1", jsonStringMember(`{"model":"m-1"}`, "model"))
	assert.Empty(t, jsonStringMember(`{"model":"m-`, "model"))
}
