package seed

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/contract/contracttest"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

func parse(t *testing.T, text string) jsontree.Value {
	t.Helper()
	v, err := jsontree.Parse([]byte(text), jsontree.DefaultLimits)
	require.NoError(t, err)
	return v
}

func TestIs(t *testing.T) {
	for text, want := range map[string]bool{
		`{"eventId":"1","type":"log","body":{}}`:                    true,
		`{"project_id":"p","type":"log"}`:                           true,
		`{"type":"token_usage","body":{"model":"m"}}`:               true,
		`{"event":"token_usage","data":{}}`:                         true,
		`{"type":"token_usage","model":"m","usage":{}}`:             false,
		`{"id":"1","type":"log","body":{"a":1}}`:                    false,
		`{"time":"2026-11-23T10:00:00Z","type":"log","body":{}}`:    false,
		`{"type":"log","body":"text"}`:                              false,
		`{"type":"llm.call","body":{}}`:                             false,
		`{"schema":"watchllm.events/1","eventId":"1","type":"log"}`: false,
		`[]`: false,
	} {
		require.Equal(t, want, Is(parse(t, text)), text)
	}
}

func TestRejections(t *testing.T) {
	for text, want := range map[string][2]string{
		`7`:                                      {event.CodeNotAnObject, ""},
		`{"eventId":"1"}`:                        {event.CodeMissingField, "type"},
		`{"eventId":"1","type":"party"}`:         {event.CodeUnsupportedEvent, "type"},
		`{"eventId":"1","type":"log"}`:           {event.CodeMissingField, "body"},
		`{"eventId":"1","type":"log","body":[]}`: {event.CodeInvalidType, "body"},
		`{"eventId":"1","type":"log","body":{"level":"info"}}`:                                                        {event.CodeMissingField, "body.message"},
		`{"eventId":"1","type":"log","body":{"level":"loud","message":"x"}}`:                                          {event.CodeInvalidValue, "body.level"},
		`{"eventId":{},"type":"log","body":{"message":"x"}}`:                                                          {event.CodeInvalidType, "eventId"},
		`{"eventId":"1","timestamp":"soon","type":"log","body":{"message":"x"}}`:                                      {event.CodeInvalidTime, "timestamp"},
		`{"eventId":"1","sdk":"x","type":"log","body":{"message":"x"}}`:                                               {event.CodeInvalidType, "sdk"},
		`{"eventId":"1","type":"token_usage","body":{"model":"m","outputTokens":1}}`:                                  {event.CodeMissingField, "body.inputTokens"},
		`{"eventId":"1","type":"token_usage","body":{"model":"m","inputTokens":-1,"outputTokens":1}}`:                 {event.CodeInvalidTokens, "body.inputTokens"},
		`{"event":"token_usage","data":{"inputTokens":1,"outputTokens":1}}`:                                           {event.CodeMissingField, "data.model"},
		`{"eventId":"1","type":"message","body":{"role":"robot","content":"x"}}`:                                      {event.CodeInvalidValue, "body.role"},
		`{"eventId":"1","type":"model_response","body":{"model":"m","success":"no"}}`:                                 {event.CodeInvalidType, "body.success"},
		`{"eventId":"1","type":"model_response","body":{"model":"m","latencyMs":-4}}`:                                 {event.CodeInvalidNumber, "body.latencyMs"},
		`{"eventId":"1","type":"span","body":{"name":"s","start":"2026-11-23T10:00:00","end":"2026-11-23T09:00:00"}}`: {event.CodeInvalidTime, "body.end"},
		`{"eventId":"1","type":"eval_metric","body":{"metric":"m","value":"high"}}`:                                   {event.CodeInvalidNumber, "body.value"},
	} {
		rec := event.NewRecord(0, Schema)
		rejection := Read(rec, parse(t, text), event.Limits{EventBytes: 1 << 20, ContentBytes: 1 << 10}, "shop")
		require.NotNil(t, rejection, text)
		require.Equal(t, want, [2]string{rejection.Code, rejection.Field}, text)
		if want[1] != "body.end" && want[1] != "body.level" { // JSON Schema compares no fields; levels have many names
			require.Error(t, contracttest.Conforms(t, 0, text), text)
		}
	}
}
