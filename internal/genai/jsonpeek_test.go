package genai

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestJSONPeek(t *testing.T) {
	text := `{"a":{"name":"x\"n","n":12, "m" : 7},"cut":99`
	count := func(text, name string) Count { n, _ := jsonCountMember(text, name); return n }
	assert.Equal(t, known(12), count(text, "n"))
	assert.Equal(t, known(7), count(text, "m"))
	assert.Equal(t, Count{}, count(text, "cut"), "a number at the end of the text may be cut off")
	assert.Equal(t, Count{}, count(text, "absent"))
	assert.Equal(t, Count{}, count(`{"text":"\"n\":5,"}`, "n"), "a name inside a string is no member")
	assert.Empty(t, jsonStringMember(text, "name"), "escapes are left to a real parser")
	assert.Equal(t, "m-1", jsonStringMember(`{"model":"m-1"}`, "model"))
	assert.Empty(t, jsonStringMember(`{"model":"m-`, "model"))
}
