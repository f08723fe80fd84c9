"""What the bytes of coding agents and JavaScript agent frameworks allow a reader to know; expectations.py says what the words mean."""

COUNTS = ("input", "output", "cache_read", "cache_write", "reasoning")
ABORTED = {"unknown": COUNTS, "note": "the stream was closed before its usage was sent"}
UNSEEN_RETRY = {"failed": 0, "note": "the attempt that failed is inside the SDK: no span for it"}
NO_SPAN = {"calls": 0, "failed": 0}
BARE_SPAN = NO_SPAN | {"note": "a span call_llm without a single attribute, status or event: nothing says that it failed, or was a call"}
# Thoughts are billed as output, and this client's spans leave them out of it.
NO_THOUGHTS = {
    "values": {"output": 236},
    "unknown": ("cache_read", "reasoning"),
    "note": "output without the 64 thoughts, nothing tells of them",
}
# Its responses mode tells only how much a turn used, without reasoning, with a 0 for what was written to a cache.
TURN = {"unknown": ("reasoning",), "zero": ("cache_write",)}

# It exports nothing of what ends after its function returned, nor what LangChain does.
UNTOLD = dict.fromkeys(
    ("chat_stream", "chat_stream_nousage", "responses_stream", "embeddings", "langchain_stream", "langchain_tool"),
    NO_SPAN,
)
OWN_MODEL = {"unknown": ("cache_read", "reasoning")}  # the application said no more

EXPECTATIONS = {
    "anthropic-ai-sdk": {
        "retry_once": UNSEEN_RETRY,
        "stream_abort": {"unknown": ("output",), "note": "the stream was closed before its output was counted"},
    },
    "anthropic-ai-claude-code": {
        "error_400": {"failed": 1, "note": "three attempts are one span"},
    },
    "google-adk": {"error_400": BARE_SPAN, "error_429": BARE_SPAN, "tool_loop_nocontent": NO_THOUGHTS},
    "google-gemini-cli": {
        "prompt_tool_spans": {"unknown": COUNTS},
        "traces_tool_spans": NO_THOUGHTS,
    },
    "langsmith": {"embeddings": NO_SPAN, "own_model": OWN_MODEL},
    "langsmith+otel": UNTOLD | {"own_model": OWN_MODEL},
    "posthog-ai": {"error_429_stream": NO_SPAN},
    "openai-agents": {
        "responses": TURN,
        "responses_tool_loop": TURN,
        "responses_stream": TURN,
        "responses_stream_tool": TURN,
        "responses_handoff": TURN,
    },
    "openai-codex": {
        **dict.fromkeys(("exec_tool", "exec_tool_logs", "exec_tool_traces", "exec_noprompts"), {"zero": ("cache_write",)}),
        **dict.fromkeys(("error_400", "error_429"), NO_SPAN),
    },
    "strands-agents-sdk": {"*": {"unknown": ("reasoning",)}},
}
