package fakeprovider

import "net/http"

// anthropicUsage leaves cached tokens out of input_tokens, as that API does.
func anthropicUsage(u Usage) object {
	return object{
		"input_tokens": u.Input - u.CacheRead - u.CacheWrite, "output_tokens": u.Output,
		"cache_read_input_tokens": u.CacheRead, "cache_creation_input_tokens": u.CacheWrite,
		"cache_creation": object{"ephemeral_5m_input_tokens": u.CacheWrite, "ephemeral_1h_input_tokens": 0},
		"service_tier":   "standard",
	}
}

func message(w http.ResponseWriter, a answer) {
	msg := object{"id": "msg_" + a.id, "type": "message", "role": "assistant", "model": a.model(), "stop_sequence": nil}
	if !a.Stream {
		msg["content"] = []object{{"type": "text", "text": text}}
		msg["stop_reason"] = "end_turn"
		msg["usage"] = anthropicUsage(a.usage)
		w.Header().Set("Content-Type", "application/json")
		writeJSON(w, msg)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	start := anthropicUsage(a.usage)
	start["output_tokens"] = 1
	msg["content"], msg["stop_reason"], msg["usage"] = []object{}, nil, start
	event(w, "message_start", object{"type": "message_start", "message": msg})
	event(w, "content_block_start", object{"type": "content_block_start", "index": 0, "content_block": object{"type": "text", "text": ""}})
	event(w, "content_block_delta", object{"type": "content_block_delta", "index": 0, "delta": object{"type": "text_delta", "text": text}})
	event(w, "content_block_stop", object{"type": "content_block_stop", "index": 0})
	event(w, "message_delta", object{
		"type": "message_delta", "delta": object{"stop_reason": "end_turn", "stop_sequence": nil}, "usage": object{"output_tokens": a.usage.Output},
	})
	event(w, "message_stop", object{"type": "message_stop"})
}
