package fakeprovider

import (
	"io"
	"net/http"
)

// served are the dated names under which the models asked for answer.
var served = map[string]string{
	"gpt-5-mini":        "gpt-5-mini-2025-08-07",
	"gpt-4o":            "gpt-4o-2024-08-06",
	"claude-sonnet-4-5": "claude-sonnet-4-5-20250929",
}

func (a answer) model() string {
	if name, ok := served[a.Model]; ok {
		return name
	}
	return a.Model
}

const text = "It is sunny in Paris, 21 degrees."

type object = map[string]any

// created is a fixed day: nothing reads it, and equal answers are easier to compare.
const created = 1_763_900_000

func openAIUsage(u Usage) object {
	return object{
		"prompt_tokens": u.Input, "completion_tokens": u.Output, "total_tokens": u.Input + u.Output,
		"prompt_tokens_details":     object{"cached_tokens": u.CacheRead},
		"completion_tokens_details": object{"reasoning_tokens": u.Reasoning},
	}
}

func chatCompletion(w http.ResponseWriter, a answer) {
	head := object{"id": "chatcmpl-" + a.id, "created": created, "model": a.model(), "service_tier": "default"}
	if !a.Stream {
		head["object"] = "chat.completion"
		said, finish := object{"role": "assistant", "content": text}, "stop"
		if tool := a.callsTool(); tool != "" {
			said, finish = object{"role": "assistant", "content": nil, "tool_calls": []object{{
				"id": "call_" + a.id, "type": "function", "function": object{"name": tool, "arguments": `{"city":"Paris"}`},
			}}}, "tool_calls"
		}
		head["choices"] = []object{{"index": 0, "finish_reason": finish, "message": said}}
		head["usage"] = openAIUsage(a.usage)
		w.Header().Set("Content-Type", "application/json")
		writeJSON(w, head)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	chunk := func(choices []object, usage any) {
		head["object"], head["choices"], head["usage"] = "chat.completion.chunk", choices, usage
		event(w, "", head)
	}
	delta := func(d object, finish any) []object {
		return []object{{"index": 0, "delta": d, "finish_reason": finish}}
	}
	chunk(delta(object{"role": "assistant", "content": ""}, nil), nil)
	chunk(delta(object{"content": text}, nil), nil)
	chunk(delta(object{}, "stop"), nil)
	if a.StreamOptions.IncludeUsage {
		chunk([]object{}, openAIUsage(a.usage))
	}
	_, _ = io.WriteString(w, "data: [DONE]\n\n")
}

func embedding(w http.ResponseWriter, a answer) {
	w.Header().Set("Content-Type", "application/json")
	writeJSON(w, object{
		"object": "list", "model": a.model(),
		"data":  []object{{"object": "embedding", "index": 0, "embedding": []float64{0.25, -0.5, 0.125}}},
		"usage": object{"prompt_tokens": a.usage.Input, "total_tokens": a.usage.Input},
	})
}
