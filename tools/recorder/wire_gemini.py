"""Gemini generateContent: candidatesTokenCount leaves the thoughts out, promptTokenCount holds the cached tokens."""

import re

PATH = re.compile(r"/models/([^/:]+):(generateContent|streamGenerateContent|batchEmbedContents|embedContent)$")


def read(path, body, next_tool):
    found = PATH.search(path)
    if not found:
        return None
    model, method = found.groups()
    common = {"provider": "gemini", "model": model}
    if "mbedContent" in method:
        return common | {"api": "gemini.embeddings", "stream": False, "inputs": len(body.get("requests") or [1])}
    offered = [
        d.get("name", "") for t in body.get("tools") or [] for d in t.get("functionDeclarations") or t.get("function_declarations") or []
    ]
    answered = any("functionResponse" in p or "function_response" in p for c in body.get("contents", []) for p in c.get("parts", []))
    tool, arguments = next_tool(offered, answered)
    return common | {
        "api": "gemini.generate_content",
        "stream": method.startswith("stream"),
        "tool": tool,
        "tool_arguments": arguments,
    }


def error(status, kind, _code):
    names = {429: "RESOURCE_EXHAUSTED", 400: "INVALID_ARGUMENT"}
    return {"error": {"code": status, "message": f"refused with {status}", "status": names.get(status, kind)}}


def usage(f):
    return {
        "promptTokenCount": f["input"],
        "cachedContentTokenCount": f["cached"],
        "candidatesTokenCount": f["output"] - f["reasoning"],
        "thoughtsTokenCount": f["reasoning"],
        "totalTokenCount": f["input"] + f["output"],
    }


def body(a, parts, last=True):
    candidate = {"index": 0, "content": {"role": "model", "parts": parts}}
    if last:
        candidate["finishReason"] = "STOP"
    return {"candidates": [candidate], "usageMetadata": usage(a.figures), "modelVersion": a.model, "responseId": a.response_id}


def whole(a, text):
    if a.call.api == "gemini.embeddings":
        return {"embeddings": [{"values": [0.25, -0.5, 0.125, 0.5]}] * a.call.inputs}
    if a.call.tool:
        return body(a, [{"functionCall": {"name": a.call.tool, "args": a.call.tool_arguments}}])
    return body(a, [{"text": text}])


def chunks(a, text):
    if a.call.tool:
        yield None, whole(a, text)
        return
    words = text.split(" ")
    for i, word in enumerate(words):
        yield None, body(a, [{"text": word if i == 0 else " " + word}], last=i == len(words) - 1)
