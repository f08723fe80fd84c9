package captures

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func index(text string) fstest.MapFS { return fstest.MapFS{"index.json": {Data: []byte(text)}} }

func TestReadRefuses(t *testing.T) {
	_, err := Read(fstest.MapFS{}, "there")
	assert.ErrorContains(t, err, "there: not a captures folder, it has no index.json")
	for text, want := range map[string]string{
		`{"cases": [`:   "there/index.json: ",
		`{"cases": []}`: "there/index.json: lists no cases",
		`{"cases": [{"dir": "a", "scenario": "b"}, {"dir": "a", "scenario": "b"}]}`: "case a/b stands there twice",
	} {
		_, err := Read(index(text), "there")
		assert.ErrorContains(t, err, want)
	}
}

func TestUnknownStaysUnknown(t *testing.T) {
	cases, err := Read(index(`{"cases": [{"dir": "a", "scenario": "b", "expect": {"calls": 1, "input_tokens": 5, "output_tokens": null, "reasoning_output_tokens": 0}},
		{"dir": "c", "scenario": "b"}]}`), "there")
	require.NoError(t, err)
	assert.Equal(t, "5 / ? / ? / ? / 0", cases[0].Expect.Tokens.String())
	assert.False(t, cases[0].Expect.Tokens.Equal(Tokens{}))
	assert.Nil(t, cases[1].Expect)

	some, err := Matching(cases, "c")
	require.NoError(t, err)
	assert.Equal(t, "c/b", some[0].Name())
	_, err = Matching(cases, "d*")
	assert.ErrorContains(t, err, "matches none of 2 recorded cases")
	_, err = Matching(cases, "[")
	assert.ErrorContains(t, err, `case "["`)
}
