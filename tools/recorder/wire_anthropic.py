"""Anthropic messages: cached and cache-written tokens are left out of input_tokens, as that API does."""

import json


def read(path, body, next_tool):
    if not path.endswith("/messages"):
        return None
    answered = any(
        isinstance(m.get("content"), list) and any(p.get("type") == "tool_result" for p in m["content"]) for m in body.get("messages", [])
    )
    tool, arguments = next_tool([t.get("name", "") for t in body.get("tools") or []], answered)
    return {
        "api": "anthropic.messages",
        "provider": "anthropic",
        "model": body.get("model", ""),
        "stream": bool(body.get("stream")),
        "tool": tool,
        "tool_arguments": arguments,
        "schema": "output_format" in body or "format" in (body.get("output_config") or {}),
    }


def error(status, kind, _code):
    return {"type": "error", "error": {"type": kind, "message": f"refused with {status}"}}


def usage(f, output):
    return {
        "input_tokens": f["input"] - f["cached"] - f["written"],
        "cache_creation_input_tokens": f["written"],
        "cache_read_input_tokens": f["cached"],
        "cache_creation": {"ephemeral_5m_input_tokens": f["written"], "ephemeral_1h_input_tokens": 0},
        "output_tokens": output,
        "service_tier": "standard",
    }


def message(a, content, reason, output):
    return {
        "id": a.response_id,
        "type": "message",
        "role": "assistant",
        "model": a.model,
        "content": content,
        "stop_reason": reason,
        "stop_sequence": None,
        "usage": usage(a.figures, output),
    }


def block(a, text):
    if a.call.tool:
        return {"type": "tool_use", "id": "toolu_" + a.tool_id.removeprefix("call_"), "name": a.call.tool, "input": a.call.tool_arguments}
    return {"type": "text", "text": text}


def reason(a):
    return "tool_use" if a.call.tool else "end_turn"


def whole(a, text):
    return message(a, [block(a, text)], reason(a), a.figures["output"])


def chunks(a, text):
    def event(kind, **fields):
        return kind, {"type": kind} | fields

    # The first event counts one output token already: a client that adds both events up is off by one.
    yield event("message_start", message=message(a, [], None, 1))
    full = block(a, text)
    if a.call.tool:
        yield event("content_block_start", index=0, content_block=full | {"input": {}})
        yield event("content_block_delta", index=0, delta={"type": "input_json_delta", "partial_json": json.dumps(full["input"])})
    else:
        yield event("content_block_start", index=0, content_block={"type": "text", "text": ""})
        for word in text.split(" "):
            yield event("content_block_delta", index=0, delta={"type": "text_delta", "text": word if word == "It" else " " + word})
    yield event("content_block_stop", index=0)
    # Cumulative, as the API sends it today; the split of what was written stays in the first event.
    last = {k: v for k, v in usage(a.figures, a.figures["output"]).items() if k.endswith("tokens")}
    yield event("message_delta", delta={"stop_reason": reason(a), "stop_sequence": None}, usage=last)
    yield event("message_stop")
