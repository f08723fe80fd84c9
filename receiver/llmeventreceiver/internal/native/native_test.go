package native

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchllm/watchllm/internal/contract/contracttest"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/event"
	"github.com/watchllm/watchllm/receiver/llmeventreceiver/internal/jsontree"
)

func read(t *testing.T, text string) (*event.Record, *event.Rejection) {
	t.Helper()
	v, err := jsontree.Parse([]byte(text), jsontree.DefaultLimits)
	require.NoError(t, err)
	rec := event.NewRecord(0, Schema)
	return rec, Read(rec, v, event.Limits{EventBytes: 1 << 20, ContentBytes: 1 << 10})
}

func TestRejections(t *testing.T) {
	for text, want := range map[string][2]string{
		`7`:                                {event.CodeNotAnObject, ""},
		`{}`:                               {event.CodeMissingField, "type"},
		`{"type":null}`:                    {event.CodeMissingField, "type"},
		`{"type":3}`:                       {event.CodeInvalidType, "type"},
		`{"type":"llm.call","id":""}`:      {event.CodeInvalidID, "id"},
		`{"type":"llm.call","id":[]}`:      {event.CodeInvalidType, "id"},
		`{"type":"llm.call","op":"x"}`:     {event.CodeInvalidOp, "op"},
		`{"type":"llm.call","seq":-1}`:     {event.CodeInvalidNumber, "seq"},
		`{"type":"llm.call","status":"x"}`: {event.CodeInvalidValue, "status"},
		`{"type":"llm.call","status":{"code":"x"}}`:                                                    {event.CodeInvalidValue, "status.code"},
		`{"type":"llm.call","params":{"temperature":"hot"}}`:                                           {event.CodeInvalidNumber, "params.temperature"},
		`{"type":"llm.call","finish_reasons":["a",{}]}`:                                                {event.CodeInvalidType, "finish_reasons.1"},
		`{"type":"llm.call","time":"2026-11-23T10:00:00Z","end_time":"2026-11-23T09:00:00Z"}`:          {event.CodeInvalidTime, "end_time"},
		`{"type":"llm.call","attributes":[]}`:                                                          {event.CodeInvalidType, "attributes"},
		`{"type":"agent.run","usage":{"input_tokens":1}}`:                                              {event.CodeUsageNotAllowed, "usage"},
		`{"type":"token_usage","model":"m"}`:                                                           {event.CodeMissingField, "usage"},
		`{"type":"evaluation","score":1}`:                                                              {event.CodeMissingField, "name"},
		`{"type":"evaluation","name":"x","target":{"span_id":{}}}`:                                     {event.CodeInvalidType, "target.span_id"},
		`{"type":"error","error_type":[]}`:                                                             {event.CodeInvalidType, "error_type"},
		`{"type":"llm.call","usage":{"input_tokens":1,"cache":{}, "includes_cache":"yes"}}`:            {event.CodeInvalidType, "usage.includes_cache"},
		`{"type":"llm.call","cost":{"amount":1,"currency":"dollars"}}`:                                 {event.CodeInvalidCost, "cost.currency"},
		`{"type":"llm.call","id":"0123456789012345678901234567890123456789012345678901234567890123x"}`: {event.CodeInvalidID, "id"},
	} {
		_, rejection := read(t, text)
		require.NotNil(t, rejection, text)
		require.Equal(t, want, [2]string{rejection.Code, rejection.Field}, text)
		if !blind[text] {
			require.Error(t, contracttest.Conforms(t, 1, text), text)
		}
	}
}

// blind are rejections that JSON Schema cannot state: fields that are compared with each other.
var blind = map[string]bool{
	`{"type":"llm.call","time":"2026-11-23T10:00:00Z","end_time":"2026-11-23T09:00:00Z"}`: true,
}

func TestARejectionNamesTheEvent(t *testing.T) {
	_, rejection := read(t, `{"type":"llm.call","stream":"x","id":"late-id"}`)
	require.Equal(t, "late-id", rejection.ID)
}

func TestNames(t *testing.T) {
	for text, want := range map[string]string{
		`{"type":"llm.call"}`:                                           "chat",
		`{"type":"llm.call","model":"m"}`:                               "chat m",
		`{"type":"llm.call","response_model":"r"}`:                      "chat r",
		`{"type":"llm.call","operation":"text_completion","model":"m"}`: "text_completion m",
		`{"type":"embedding","model":"m"}`:                              "embeddings m",
		`{"type":"tool.call","tool_name":"t"}`:                          "execute_tool t",
		`{"type":"agent.step","name":"s"}`:                              "agent_step s",
		`{"type":"agent.step","agent_name":"a"}`:                        "agent_step a",
		`{"type":"workflow.run"}`:                                       "invoke_workflow",
		`{"type":"never.heard.of"}`:                                     "watchllm.custom",
	} {
		rec, rejection := read(t, text)
		require.Nil(t, rejection, text)
		require.Equal(t, want, rec.Name, text)
		require.NoError(t, contracttest.Conforms(t, 1, text), text)
	}
}
