package llmeventreceiver

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/contract"
	"github.com/watchllm/watchllm/internal/contract/contracttest"
)

// Every field of version 0 becomes the attribute that its registry names, in every spelling, and what is taken conforms to its schema.
func TestFieldsOfVersion0(t *testing.T) {
	all, err := contract.Load("../../sdk-conventions/registry/contracts")
	require.NoError(t, err)
	c := all[0]
	require.Equal(t, 0, c.Major)
	values := map[string]string{
		"text": `"x"`, "texts": `["x"]`, "content": `{"a":1}`, "message": `"x"`, "any": `"x"`, "whole": "3", "number": "1.5", "tokens": "7", "money": "0.5",
		"milliseconds": "12", "boolean": "true", "ref": `"x"`, "time": `"2026-11-23T10:00:00"`, "attributes": `{"k":1}`, "object": "{}",
	}
	value := func(f contract.Field) string {
		if f.Kind == "choice" {
			return `"` + f.Values[0] + `"`
		}
		if f.Name == "level" {
			return `"info"`
		}
		v, ok := values[f.Kind]
		require.True(t, ok, f.Kind)
		return v
	}
	checked := 0
	for _, typ := range c.Types {
		fields := c.Fields(typ)
		for _, f := range fields {
			for _, spelling := range f.Spellings() {
				members := []string{`"` + spelling + `":` + value(f)}
				for _, other := range fields {
					if other.Name != f.Name && strings.Contains(" "+strings.Join(typ.Required, " ")+" ", " "+other.Name+" ") {
						members = append(members, `"`+other.Name+`":`+value(other))
					}
				}
				body := `{"eventId":"1","type":"` + typ.Name + `","body":{` + strings.Join(members, ",") + `}}`
				traces, logs, in, _ := convert(t, []byte(body), false, false)
				require.Empty(t, in.rejected, body)
				if f.Attribute != "" {
					require.NotEmpty(t, factsOf(traces, logs)["1"][f.Attribute], "%s of %s", f.Attribute, body)
					checked++
				}
				require.NoError(t, contracttest.Conforms(t, 0, body), body)
			}
		}
	}
	require.Greater(t, checked, 80)
}
