"""OpenAI: chat completions, responses, embeddings; whole and streamed."""

import json

RESULT = "21 degrees"  # what every client's get_weather says
CREATED = 1_763_900_000  # a fixed day, so that equal answers are equal bytes


def read(path, body, next_tool):
    model, stream = body.get("model", ""), bool(body.get("stream"))
    common = {"provider": "openai", "model": model, "stream": stream}
    if path.endswith("/chat/completions"):
        offered = [t["function"]["name"] for t in body.get("tools") or [] if "function" in t]
        # Some agents put a tool's result into a user message, so its text counts as well as the role.
        answered = any(m.get("role") == "tool" or RESULT in json.dumps(m) for m in body.get("messages", []))
        tool, arguments = next_tool(offered, answered)
        usage = not stream or bool((body.get("stream_options") or {}).get("include_usage"))
        return common | {
            "api": "openai.chat",
            "include_usage": usage,
            "choices": body.get("n") or 1,
            "tool": tool,
            "tool_arguments": arguments,
            "schema": (body.get("response_format") or {}).get("type", "text") != "text",
        }
    if path.endswith("/responses"):
        items = body.get("input")
        answered = isinstance(items, list) and any(i.get("type") == "function_call_output" for i in items)
        tool, arguments = next_tool([t.get("name", "") for t in body.get("tools") or []], answered)
        form = (body.get("text") or {}).get("format") or {}
        return common | {
            "api": "openai.responses",
            "tool": tool,
            "tool_arguments": arguments,
            "schema": form.get("type", "text") != "text",
        }
    if path.endswith("/embeddings"):
        given = body.get("input")
        count = len(given) if isinstance(given, list) and given and not isinstance(given[0], int) else 1
        return common | {"api": "openai.embeddings", "inputs": count}
    return None


def error(status, kind, code):
    return {"error": {"message": f"refused with {status}", "type": kind, "param": None, "code": code}}


def chat_usage(f):
    return {
        "prompt_tokens": f["input"],
        "completion_tokens": f["output"],
        "total_tokens": f["input"] + f["output"],
        "prompt_tokens_details": {"cached_tokens": f["cached"], "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": f["reasoning"],
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def response_usage(f):
    return {
        "input_tokens": f["input"],
        "input_tokens_details": {"cached_tokens": f["cached"]},
        "output_tokens": f["output"],
        "output_tokens_details": {"reasoning_tokens": f["reasoning"]},
        "total_tokens": f["input"] + f["output"],
    }


def tool_call(a):
    return {"id": a.tool_id, "type": "function", "function": {"name": a.call.tool, "arguments": json.dumps(a.call.tool_arguments)}}


def whole(a, text):
    if a.call.api == "openai.embeddings":
        vectors = [{"object": "embedding", "index": i, "embedding": [0.25, -0.5, 0.125, 0.5]} for i in range(a.call.inputs)]
        return {
            "object": "list",
            "model": a.model,
            "data": vectors,
            "usage": {"prompt_tokens": a.figures["input"], "total_tokens": a.figures["input"]},
        }
    if a.call.api == "openai.responses":
        return response(a, text, "completed")
    message = {"role": "assistant", "content": text, "refusal": None}
    if a.call.tool:
        message |= {"content": None, "tool_calls": [tool_call(a)]}
    reason = "tool_calls" if a.call.tool else "stop"
    choices = [{"index": i, "message": message, "logprobs": None, "finish_reason": reason} for i in range(a.call.choices)]
    return head(a, "chat.completion") | {"choices": choices, "usage": chat_usage(a.figures)}


def head(a, kind):
    return {
        "id": a.response_id,
        "object": kind,
        "created": CREATED,
        "model": a.model,
        "service_tier": "default",
        "system_fingerprint": "fp_capture",
    }


def chunks(a, text):
    return response_chunks(a, text) if a.call.api == "openai.responses" else chat_chunks(a, text)


def chat_chunks(a, text):
    def chunk(choices, usage=None):
        body = head(a, "chat.completion.chunk") | {"choices": choices}
        if a.call.include_usage:
            body["usage"] = usage
        return None, body

    def delta(d, reason=None):
        return [{"index": 0, "delta": d, "logprobs": None, "finish_reason": reason}]

    yield chunk(delta({"role": "assistant", "content": None if a.call.tool else ""}))
    if a.call.tool:
        call = tool_call(a)
        arguments = call["function"]["arguments"]
        opening = call | {"index": 0, "function": {"name": a.call.tool, "arguments": ""}}
        yield chunk(delta({"tool_calls": [opening]}))
        yield chunk(delta({"tool_calls": [{"index": 0, "function": {"arguments": arguments[:5]}}]}))
        yield chunk(delta({"tool_calls": [{"index": 0, "function": {"arguments": arguments[5:]}}]}))
    else:
        for word in text.split(" "):
            yield chunk(delta({"content": word if word == "It" else " " + word}))
    yield chunk(delta({}, "tool_calls" if a.call.tool else "stop"))
    if a.call.include_usage:
        yield chunk([], chat_usage(a.figures))
    yield None, "[DONE]"


def response_items(a, text):
    if a.call.tool:
        return [
            {
                "id": "fc_" + a.tool_id,
                "type": "function_call",
                "status": "completed",
                "call_id": a.tool_id,
                "name": a.call.tool,
                "arguments": json.dumps(a.call.tool_arguments),
            }
        ]
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    return [{"id": "msg_" + a.tool_id, "type": "message", "status": "completed", "role": "assistant", "content": [part]}]


def response(a, text, status):
    done = status == "completed"
    return {
        "id": a.response_id,
        "object": "response",
        "created_at": CREATED,
        "status": status,
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "metadata": {},
        "model": a.model,
        "output": response_items(a, text) if done else [],
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "service_tier": "default",
        "store": False,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": response_usage(a.figures) if done else None,
        "user": None,
    }


def response_chunks(a, text):
    number = -1

    def event(kind, **fields):
        nonlocal number
        number += 1
        return kind, {"type": kind, "sequence_number": number} | fields

    item = response_items(a, text)[0]
    place = {"item_id": item["id"], "output_index": 0}
    yield event("response.created", response=response(a, text, "in_progress"))
    if a.call.tool:
        yield event("response.output_item.added", output_index=0, item=item | {"status": "in_progress", "arguments": ""})
        yield event("response.function_call_arguments.delta", delta=item["arguments"], **place)
        yield event("response.function_call_arguments.done", arguments=item["arguments"], name=item["name"], **place)
    else:
        part = item["content"][0]
        yield event("response.output_item.added", output_index=0, item=item | {"status": "in_progress", "content": []})
        yield event("response.content_part.added", content_index=0, part=part | {"text": ""}, **place)
        yield event("response.output_text.delta", content_index=0, delta=text, logprobs=[], **place)
        yield event("response.output_text.done", content_index=0, text=text, logprobs=[], **place)
        yield event("response.content_part.done", content_index=0, part=part, **place)
    yield event("response.output_item.done", output_index=0, item=item)
    yield event("response.completed", response=response(a, text, "completed"))
