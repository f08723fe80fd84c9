"""Sends every kind of event with the original client and prints the id of each under a name: `name<TAB>id`."""

import os

from watchllm import WatchLLM

client = WatchLLM(os.environ["WATCHLLM_API_KEY"], os.environ["WATCHLLM_PROJECT_ID"], os.environ["WATCHLLM_HOST"])
TRACE = "0af7651916cd43dd8448eb211c80319c"


def sent(name, event_id):
    print(name, event_id, sep="\t", flush=True)
    return event_id


def ids(**more):
    return {"traceId": TRACE, "userId": "ada", "sessionId": "chat-1", **more}


for level in ("debug", "info", "warn", "error"):
    sent("log " + level, client.capture_log(level, "it said " + level))
sent("log with everything", client.capture_log("info", "ready", {"port": 8080, "tags": ["a", "b"]}, ids(region="eu")))

try:
    raise ValueError("no such order")
except ValueError as caught:
    sent("error", client.capture_error(caught))
sent("error with everything", client.capture_event("error", {
    "message": "timed out", "type": "TimeoutError", "stack": "at line 1", "fingerprint": ["orders", "timeout"],
    "metadata": {"order": 7}}, ids()))

sent("usage without a cost", client.capture_llm_usage("gpt-5-mini", 1037, 211))
sent("usage with a cost", client.capture_llm_usage("gpt-5-mini", 1037, 211, 0.0123))
sent("usage costUSD 0", client.capture_event("token_usage", {"model": "gpt-5-mini", "inputTokens": 1037, "outputTokens": 211, "costUSD": 0}))
sent("usage of an unknown model", client.capture_event("token_usage", {"model": "my-own-model", "inputTokens": 5, "outputTokens": 7}))

root = sent("span", client.capture_event("span", {
    "spanId": "00f067aa0ba902b7", "name": "handle order", "start": "2026-11-23T10:00:00", "end": "2026-11-23T10:00:01.250000",
    "attributes": {"order.id": 7, "http.route": "/orders"}}, ids()))
sent("span below", client.capture_event("span", {
    "spanId": "step-2", "parentSpanId": "00f067aa0ba902b7", "name": "look up", "start": "2026-11-23T10:00:00.100",
    "end": "2026-11-23T10:00:00.300"}, ids()))
sent("span that is open", client.capture_event("span", {"spanId": "b9c7c989f97918e1", "name": "still open", "start": "2026-11-23T10:00:00"}))

for role in ("user", "system", "assistant", "tool"):
    sent("message " + role, client.capture_event("message", {"role": role, "content": "words of " + role}))

sent("model_response", client.capture_event("model_response", {
    "model": "gpt-5-mini", "prompt": "What is the weather?", "response": "Sunny.", "finishReason": "stop", "latencyMs": 850,
    "metadata": {"attempt": 1}}, ids(parentEventId=root)))
sent("agent_action", client.capture_event("agent_action", {
    "agentName": "planner", "action": "search", "input": "orders of ada", "output": "3 found", "reasoning": "she asked", "metadata": {"step": 1}},
    ids(parentEventId=root)))
sent("retrieval", client.capture_event("retrieval", {
    "query": "orders of ada", "vectorDimensions": 1536,
    "results": [{"id": "d1", "score": 0.91, "text": "first", "metadata": {"page": 1}}, {"id": "d2", "score": 0.5, "text": "second"}]}))
sent("tool_call", client.capture_event("tool_call", {
    "toolName": "get_order", "arguments": {"id": 7}, "result": {"state": "sent"}, "latencyMs": 120.5, "metadata": {"cached": False}}, ids()))
sent("eval_metric", client.capture_event("eval_metric", {
    "suiteId": "nightly", "metric": "faithfulness", "value": 0.87, "metadata": {"rows": 40}}, ids(parentEventId=root)))
sent("custom payload", client.capture_event("custom", {"name": "checkout", "payload": {"total": 12.5, "items": [1, 2]}}))
sent("custom data", client.capture_event("custom", {"data": {"anything": True}}))
sent("extra fields", client.capture_event("tool_call", {
    "toolName": "get_order", "arguments": {}, "priority": 3, "nested": {"a": [1]}}, {"args": [], "kwargs": {}, "requestId": "r-1"}))
sent("context without ids", client.capture_log("info", "nothing known", None, {"traceId": None, "userId": None}))


@client.monitor("checkout")
def checkout(order, express=False):
    if order < 0:
        raise KeyError(order)
    return order


checkout(7, express=True)
try:
    checkout(-1)
except KeyError:
    pass

whole = client._now
client._now = lambda: whole().replace(microsecond=0)
sent("whole second", client.capture_log("info", "on the second"))
client._now = whole
client.project_id = "somebody-elses"
sent("another project", client.capture_log("info", "not mine"))
