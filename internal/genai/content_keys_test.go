package genai

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

// notContent are names in the dialects' tables that sound like content and are none.
var notContent []string

// A new dialect's content is dropped and cut without anybody having to think of it.
func TestEveryDialectsContentIsKnown(t *testing.T) {
	for _, d := range dialects {
		for _, r := range d.rows {
			for _, key := range r.keys {
				if slices.Contains(carriesContent[:], r.field) {
					assert.True(t, IsContentKey(key), "%s: %s", d.name, key)
					continue
				}
				// A field of its own for content must be entered in carriesContent.
				if r.field > fieldPromptVersion && canonicalKeys[r.field] == "" && soundsLikeContent(key) && !slices.Contains(notContent, key) {
					rank, _ := flatList(key)
					assert.True(t, rank > 0 || IsContentKey(key) || errorTextKeys[key], "%s: %s sounds like content: enter its field in carriesContent, or the name in notContent", d.name, key)
				}
			}
		}
	}
}

func TestContentKeys(t *testing.T) {
	for key, want := range map[string]bool{
		"gen_ai.input.messages": true, "gen_ai.prompt": true, "ai.prompt.messages": true, "input.value": true, "langfuse.observation.input": true,
		"mastra.model_step.input": true, "gcp.vertex.agent.llm_request": true, "traceloop.entity.output": true, "llm.request.functions.0.name": true,
		"retrieval.documents.0.document.content": true, "gen_ai.prompt.variable.city": true,
		"gen_ai.prompt.name": false, "gen_ai.prompt.version": false, "gen_ai.tool.name": false, "gen_ai.request.model": false, "http.route": false,
		"gen_ai.response.finish_reasons": false, "db.query.text": false, "gen_ai.output.type": false, "gen_ai.usage.input_tokens": false,
		"gen_ai.conversation.id": false, "error.type": false, "watchllm.cost.input": false, "": false,
	} {
		assert.Equal(t, want, IsContentKey(key), key)
	}
	for key, want := range map[string]bool{
		"my.app.prompt": true, "app.userMessage": true, "body": true, "llm.final_answer": true, "watchllm.native.prompt": true,
		"watchllm.cost.input": false, "gen_ai.output.type": false, "gen_ai.response.finish_reasons": false, "gen_ai.request.reasoning.level": false,
		"ai.operationId": false, "gen_ai.tool.call.id": false, "gen_ai.response.id": false, "service.name": false, "gen_ai.prompt.name": false,
		"openinference.span.kind": false, "session.id": false, "exception.type": false, "watchllm.dialect": false, "error.type": false, "": false,
	} {
		assert.Equal(t, want, soundsLikeContent(key), key)
	}
}

// What WatchLLM itself writes is never taken for content unless it is.
func TestOwnNamesAreNotContent(t *testing.T) {
	for id, key := range canonicalKeys {
		if key == "" || slices.Contains(carriesContent[:], field(id)) { //nolint:gosec // an index of a table of fields
			continue
		}
		assert.False(t, IsContentKey(key) || soundsLikeContent(key), key)
	}
}
