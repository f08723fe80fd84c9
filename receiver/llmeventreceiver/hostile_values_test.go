package llmeventreceiver

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Hostile values in one event: it is rejected with a code, or taken with the value as far as it means something. The event beside
// it is always taken.
func TestHostileValues(t *testing.T) {
	f := start(t, options{auth: true})
	digits := strings.Repeat("9", 400)
	fields := ""
	for i := range 10_000 {
		fields += fmt.Sprintf(`"a%d":%d,`, i, i)
	}
	for i, c := range []struct {
		name, fields string
		// code of the rejection, or what the attribute is.
		code, attr, want string
	}{
		{name: "deep", fields: `"attributes":{"a":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`, code: "too_deep"},
		{name: "deep objects", fields: `"body":` + strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000), code: "too_deep"},
		{name: "huge exponent as tokens", fields: `"usage":{"input_tokens":1e999999}`, code: "invalid_tokens"},
		{name: "400 digits as tokens", fields: `"usage":{"input_tokens":` + digits + `}`, code: "invalid_tokens"},
		{name: "NaN as tokens", fields: `"usage":{"input_tokens":NaN}`, code: "invalid_tokens"},
		{name: "-0 as tokens", fields: `"usage":{"input_tokens":-0}`, attr: "gen_ai.usage.input_tokens", want: "0"},
		{name: "-1 as tokens", fields: `"usage":{"input_tokens":-1}`, code: "invalid_tokens"},
		{name: "huge exponent as cost", fields: `"cost":1e999999`, code: "invalid_cost"},
		{name: "tiny exponent as cost", fields: `"cost":1e-999999`, code: "invalid_cost"},
		{name: "400 digits as cost", fields: `"cost":` + digits, code: "invalid_cost"},
		{name: "-0 as cost", fields: `"cost":-0`, attr: "watchllm.cost.reported", want: "0"},
		{name: "Infinity as cost", fields: `"cost":Infinity`, code: "invalid_cost"},
		{name: "hexadecimal cost", fields: `"cost":"0x1p-2"`, code: "invalid_cost"},
		{name: "NaN as duration", fields: `"duration_ms":NaN`, code: "invalid_number"},
		{name: "endless duration", fields: `"duration_ms":1e308`, code: "invalid_number"},
		{name: "time beyond the clock", fields: `"time":99999999999999999999999`, code: "invalid_time"},
		{name: "time as float", fields: `"time":-1e308`, code: "invalid_time"},
		{name: "huge exponent elsewhere", fields: `"attributes":{"a":1e999999}`, attr: "a", want: "1e999999"},
		{name: "400 digits elsewhere", fields: `"attributes":{"a":` + digits + `}`, attr: "a", want: digits},
		{name: "NaN elsewhere", fields: `"attributes":{"a":NaN}`, attr: "a", want: "NaN"},
		{name: "-Infinity elsewhere", fields: `"attributes":{"a":-Infinity}`, attr: "a", want: "-Infinity"},
		{name: "names twice: the last counts", fields: `"model":"a","model":"b"`, attr: "gen_ai.request.model", want: "b"},
		{name: "tokens twice: the last counts", fields: `"usage":{"input_tokens":1,"input_tokens":2}`, attr: "gen_ai.usage.input_tokens", want: "2"},
		{name: "attributes twice: the second is kept", fields: `"attributes":{"a":1,"a":2}`, attr: "watchllm.native.attributes.a", want: "2"},
		{name: "invalid UTF-8 in text", fields: "\"attributes\":{\"a\":\"x\xff\xc0\xafy\"}", attr: "a", want: "x���y"},
		{name: "invalid UTF-8 in a name", fields: "\"attributes\":{\"a\xff\":1}", attr: "a�", want: "1"},
		{name: "invalid UTF-8 in JSON", fields: "\"input_messages\":[{\"a\xff\":\"\xfe\"}]", attr: "gen_ai.input.messages", want: `[{"a�":"�"}]`},
		{name: "lone surrogate", fields: `"attributes":{"a":"\ud800x\udc00"}`, attr: "a", want: "�x�"},
		{name: "NUL", fields: `"attributes":{"a":"x\u0000y"}`, attr: "a", want: "x\x00y"},
		{name: "10,000 attributes", fields: `"attributes":{` + fields + `"z":1}`, code: "too_many_fields"},
		{name: "10,000 fields", fields: fields + `"z":1`, code: "too_many_fields"},
		{name: "long name", fields: `"attributes":{"` + strings.Repeat("n", 1<<19) + `":1}`, code: "too_large"},
		{name: "event of 1 MiB", fields: `"attributes":{"a":"` + strings.Repeat("n", 1<<20) + `"}`, code: "too_large"},
		{name: "claims of identity", fields: `"attributes":{"watchllm.tenant.id":"beta"}`, attr: "watchllm.native.attributes.watchllm.tenant.id", want: "beta"},
	} {
		t.Run(c.name, func(t *testing.T) {
			id, beside := fmt.Sprintf("h-%d", i), fmt.Sprintf("b-%d", i)
			hostile := `{"id":"` + id + `","type":"llm.call",` + c.fields + `}`
			good := `{"id":"` + beside + `","type":"llm.call","model":"m"}`
			for _, contentType := range []string{"application/json", "application/x-ndjson"} {
				body := `{"events":[` + hostile + `,` + good + `]}`
				if contentType == "application/x-ndjson" {
					body = hostile + "\n" + good
				}
				a := f.post(t, "/api/v1/events", body, "Content-Type", contentType)
				require.Equal(t, 202, a.status, a.text)
				require.True(t, utf8.ValidString(a.text))
				rejected := a.json(t)["rejected"].([]any)
				require.Contains(t, f.spans(), beside)
				if c.code == "" {
					require.Empty(t, rejected)
					assert.Equal(t, c.want, attr(f.spans()[id], c.attr))
					continue
				}
				require.Len(t, rejected, 1, a.text)
				assert.Equal(t, c.code, rejected[0].(map[string]any)["code"])
				assert.Equal(t, id, rejected[0].(map[string]any)["id"])
				assert.Less(t, len(a.text), 1000, "the answer does not repeat what was sent")
			}
			a := f.post(t, "/api/v1/events", hostile)
			if c.code != "" {
				require.Equal(t, 422, a.status)
				require.Equal(t, c.code, a.json(t)["code"])
			}
		})
	}
	deep := strings.Repeat("[", 1000) + strings.Repeat("]", 1000)
	a := f.post(t, "/api/v1/events", `{"resource":{"a":`+deep+`},"events":[`+nativeEvent+`]}`)
	require.Equal(t, 422, a.status)
	require.Equal(t, "too_deep", a.json(t)["code"])
	require.Equal(t, "resource", a.json(t)["field"])
}

// What is no list of events at all is answered in one line, whatever it is.
func TestHostileBodies(t *testing.T) {
	f := start(t, options{auth: true})
	many := "[" + strings.Repeat(`{"type":"log"},`, 10_000) + `{"type":"log"}]`
	utf16 := func(s string) string {
		out := "\xff\xfe"
		for _, c := range s {
			out += string(byte(c)) + "\x00"
		}
		return out
	}
	for name, c := range map[string]struct {
		body, contentType string
		status            int
		code              string
	}{
		"empty":                {body: "", status: 400, code: "invalid_json"},
		"spaces":               {body: " \n\t ", status: 400, code: "invalid_json"},
		"mark before":          {body: "\ufeff" + nativeEvent, status: 202},
		"mark before lines":    {body: "\ufeff" + nativeEvent, contentType: "application/x-ndjson", status: 202},
		"UTF-16":               {body: utf16(nativeEvent), status: 400, code: "invalid_json"},
		"raw NUL":              {body: strings.Replace(nativeEvent, "n-1", "n\x001", 1), status: 400, code: "invalid_json"},
		"protobuf":             {body: "\n\x8b\x01\n\x00", status: 400, code: "invalid_json"},
		"protobuf, and says":   {body: "\n\x8b\x01", contentType: "application/x-protobuf", status: 415, code: "unsupported_media_type"},
		"cut off":              {body: nativeEvent[:50], status: 400, code: "invalid_json"},
		"never closed":         {body: strings.Repeat("[", 100_000), status: 400, code: "invalid_json"},
		"more behind":          {body: nativeEvent + nativeEvent, status: 400, code: "invalid_json"},
		"a number":             {body: "1e999999", status: 400, code: "invalid_type"},
		"a deep list":          {body: strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000), status: 422, code: "too_deep"},
		"10,000 events":        {body: many, status: 413, code: "too_many_events"},
		"10,000 lines":         {body: strings.Repeat("{}\n", 10_000), contentType: "application/x-ndjson", status: 413, code: "too_many_events"},
		"millions of values":   {body: "[" + strings.Repeat("1,", 3_000_000) + "1]", status: 400, code: "invalid_json"},
		"malformed type":       {body: nativeEvent, contentType: "application/json;;", status: 415, code: "unsupported_media_type"},
		"a type that is none":  {body: nativeEvent, contentType: "/", status: 415, code: "unsupported_media_type"},
		"type not in UTF-8":    {body: nativeEvent, contentType: "\xff\xfe/json", status: 415, code: "unsupported_media_type"},
		"form":                 {body: "a=b", contentType: "application/x-www-form-urlencoded", status: 415, code: "unsupported_media_type"},
		"multipart":            {body: "--x--", contentType: "multipart/form-data; boundary=x", status: 415, code: "unsupported_media_type"},
		"events is no list":    {body: `{"events":{"a":1}}`, status: 400, code: "invalid_type"},
		"schema of the future": {body: `{"schema":"watchllm.events/9","events":[]}`, status: 400, code: "unsupported_schema"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.contentType == "" {
				c.contentType = "application/json"
			}
			a := f.post(t, "/api/v1/events", c.body, "Content-Type", c.contentType)
			require.Equal(t, c.status, a.status, a.text)
			if c.code != "" {
				assert.Equal(t, c.code, a.json(t)["code"])
				assert.NotEmpty(t, a.json(t)["detail"])
			}
			assert.True(t, utf8.ValidString(a.text))
			assert.Less(t, len(a.text), 1000)
		})
	}
	f.serves(t)
	a := f.post(t, "/api/v1/events", nativeEvent, "X-API-Key", "\xff\xfe")
	require.Equal(t, 403, a.status)
	require.True(t, utf8.ValidString(a.text))
}
