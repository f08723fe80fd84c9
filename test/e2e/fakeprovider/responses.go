package fakeprovider

import (
	"encoding/json"
	"net/http"
)

// responsesUsage is what the Responses API reports: the names differ from the chat API's, the counting does not.
func responsesUsage(u Usage) object {
	return object{
		"input_tokens": u.Input, "output_tokens": u.Output, "total_tokens": u.Input + u.Output,
		"input_tokens_details":  object{"cached_tokens": u.CacheRead, "cache_write_tokens": 0},
		"output_tokens_details": object{"reasoning_tokens": u.Reasoning},
	}
}

// response answers the Responses API. Like the chat API here, it calls the first tool it is offered until a result is there.
func response(w http.ResponseWriter, a answer) {
	item := object{
		"type": "message", "id": "msg_" + a.id, "role": "assistant", "status": "completed",
		"content": []object{{"type": "output_text", "text": text, "annotations": []object{}}},
	}
	if tool := a.callsFunction(); tool != "" {
		item = object{
			"type": "function_call", "id": "fc_" + a.id, "call_id": "call_" + a.id, "name": tool, "arguments": `{"city":"Paris"}`, "status": "completed",
		}
	}
	whole := object{
		"id": "resp_" + a.id, "object": "response", "created_at": created, "status": "completed", "model": a.model(), "output": []object{item},
		"parallel_tool_calls": true, "tool_choice": "auto", "tools": []object{}, "service_tier": "default",
		"error": nil, "incomplete_details": nil, "instructions": nil, "metadata": object{}, "temperature": 1.0, "top_p": 1.0,
		"usage": responsesUsage(a.usage),
	}
	if !a.Stream {
		w.Header().Set("Content-Type", "application/json")
		writeJSON(w, whole)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	begun := object{}
	for k, v := range whole {
		begun[k] = v
	}
	begun["status"], begun["output"], begun["usage"] = "in_progress", []object{}, nil
	n := 0
	send := func(kind string, more object) {
		more["type"], more["sequence_number"] = kind, n
		n++
		event(w, kind, more)
	}
	send("response.created", object{"response": begun})
	send("response.output_item.added", object{"output_index": 0, "item": item})
	if item["type"] == "message" {
		at := object{"item_id": item["id"], "output_index": 0, "content_index": 0}
		with := func(more object) object {
			for k, v := range at {
				more[k] = v
			}
			return more
		}
		send("response.content_part.added", with(object{"part": object{"type": "output_text", "text": "", "annotations": []object{}}}))
		send("response.output_text.delta", with(object{"delta": text, "logprobs": []object{}}))
		send("response.output_text.done", with(object{"text": text, "logprobs": []object{}}))
		send("response.content_part.done", with(object{"part": item["content"].([]object)[0]}))
	}
	send("response.output_item.done", object{"output_index": 0, "item": item})
	send("response.completed", object{"response": whole})
}

// callsFunction is callsTool of the Responses API, whose input is a text or a list of items.
func (r *request) callsFunction() string {
	var items []struct {
		Type string `json:"type"`
	}
	if len(r.Tools) == 0 || json.Unmarshal(r.Input, &items) == nil && len(items) > 0 && items[len(items)-1].Type == "function_call_output" {
		return ""
	}
	return r.Tools[0].Name
}
