"""What the bytes of the JavaScript libraries allow a reader to know; expectations.py says how to read it.

The clients here are named with their version, because versions of one package differ more than packages do.
"""

COUNTS = ("input", "output", "cache_read", "cache_write", "reasoning")
NO_SPAN = {"calls": 0, "failed": 0}
NO_COUNTS = {"unknown": COUNTS}
ABORTED = {"unknown": COUNTS, "note": "the stream was aborted before its usage was sent"}
UNSEEN_RETRY = {"failed": 0, "note": "the attempt that failed is inside the SDK: no span for it"}
NO_REASONING = {"unknown": ("reasoning",)}
NO_PARTS = {"unknown": ("cache_read", "reasoning")}
FIRST_EVENT = "the client adds the output count of the stream's first event (1) to that of its last"
UNCACHED = "Anthropic's count without what was cached, and no cache counts: a lower bound"


def uncached(calls):
    fresh = {1: (397, 211), 2: (592, 300)}[calls]
    return {"unknown": ("cache_read", "cache_write"), "values": {"input": fresh[0], "output": fresh[1]}, "note": UNCACHED}


def each(names, what):
    return {name: what for name in names.split()}


OPENAI = "chat chat_n2 chat_long_history chat_stream tool_loop tool_stream responses responses_stream responses_tool"
AI_OPENAI = "agent generate generate_nocontent object object_stream responses responses_stream responses_tool_loop stream tool_loop tool_loop_stream"
LC_ANTHROPIC = "anthropic anthropic_agent anthropic_tool"

OFFICIAL = (
    {"chat_stream_abort": NO_SPAN | {"note": "only the request's messages, as logs: the span never ends"}}
    | each(OPENAI, NO_PARTS)
    | {"retry_once": UNSEEN_RETRY | NO_PARTS}
)
# One span for all attempts; what OpenAI reasoned is not among its attributes.
AI7 = (
    each(AI_OPENAI, NO_REASONING)
    | {"retry_once": UNSEEN_RETRY | NO_REASONING, "stream_abort": ABORTED}
    | {"anthropic_object": {"unknown": ("cache_write",)}}
)
LANGCHAIN_SECOND = {
    "anthropic": {"unknown": ("cache_write",)},
    "anthropic_stream": {"unknown": ("cache_write",), "values": {"output": 212}, "note": FIRST_EVENT},
}
LANGCHAIN = LANGCHAIN_SECOND | each(LC_ANTHROPIC, {"unknown": ("cache_write",)}) | {"embeddings": NO_SPAN}
OPENLLMETRY = {
    **each("chat chat_n2 chat_long_history tool_loop responses responses_tool", NO_PARTS),
    **each("chat_stream tool_stream responses_stream", NO_COUNTS),
    **each("chat_stream_abort embeddings error_400 error_429", NO_SPAN),
    "retry_once": UNSEEN_RETRY | NO_PARTS,
}

EXPECTATIONS_JS = {
    "ai@4.3.19": {"stream_abort": NO_SPAN},
    "ai@5.0.277": {
        **each("agent generate generate_nocontent object responses responses_tool_loop retry_once tool_loop", NO_PARTS),
        "stream_abort": NO_SPAN | {"note": "the inner span never ends, the outer one says nothing of usage"},
    },
    "ai@6.0.326": {
        "object": NO_PARTS,
        "stream_abort": NO_SPAN | {"note": "the inner span never ends, the outer one says nothing of usage"},
    },
    "ai+openinference-vercel@6.0.326": {
        "object": NO_PARTS,
        "stream_abort": NO_SPAN | {"note": "the inner span never ends, the outer one says nothing of usage"},
    },
    "ai@7.0.173": AI7,
    "ai+openinference-vercel@7.0.173": {name: said for name, said in AI7.items() if name not in ("object_stream", "responses_stream")},
    "ai+legacy@7.0.173": {"retry_once": UNSEEN_RETRY, "stream_abort": ABORTED},
    "arizeai-openinference-instrumentation-langchain@4.1.1": LANGCHAIN,
    # The second instrumentation sees the embeddings.
    "arizeai-openinference-instrumentation-langchain+with-openai@4.1.1": LANGCHAIN_SECOND | {"embeddings": NO_COUNTS},
    "arizeai-openinference-instrumentation-langchain+with-otel-openai@4.1.1": LANGCHAIN_SECOND,
    "arizeai-openinference-instrumentation-openai@4.2.7": {
        **each("chat_stream chat_long_history tool_stream embeddings", NO_COUNTS),
        **each("chat_stream_abort error_400 error_429", NO_SPAN),
        "retry_once": UNSEEN_RETRY,
    },
    # The two wrap each other and only the official one's spans arrive.
    "arizeai-openinference-instrumentation-openai+with-otel-openai@4.2.7": OFFICIAL,
    "langfuse-openai+with-otel-openai@5.11.1": {"chat_stream_abort": NO_SPAN, "retry_once": UNSEEN_RETRY},
    "langfuse-otel@5.11.1": {"chat_stream_abort": NO_SPAN, "embeddings": NO_COUNTS, "retry_once": UNSEEN_RETRY},
    "langfuse@3.39.2": {"chat_stream_abort": NO_SPAN, "embeddings": NO_COUNTS, "retry_once": UNSEEN_RETRY},
    "lmnr-ai-lmnr@0.8.44": OPENLLMETRY,
    "openlit@1.15.0": {
        **each("chat chat_n2 chat_long_history chat_stream tool_loop tool_stream", NO_REASONING),
        "chat_stream_abort": ABORTED,
        "chat_stream_nousage": {
            "values": {"input": 13, "output": 6},
            "note": "the client's own estimate; nothing in the bytes says that it is one",
        },
        "retry_once": UNSEEN_RETRY | NO_REASONING,
        "anthropic_chat_stream": {"values": {"output": 212}, "note": FIRST_EVENT},
        "anthropic_tool_loop_stream": {"values": {"output": 301}, "note": FIRST_EVENT},
    },
    "opentelemetry-instrumentation-openai@0.22.0": OFFICIAL
    | each("chat_content chat_stream_content tool_loop_content responses_content responses_tool_content", NO_PARTS),
    "sentry-node@11.12.0": {
        **each("chat_stream tool_stream responses_stream", NO_REASONING),
        "chat_stream_abort": ABORTED,
        "retry_once": UNSEEN_RETRY,
    },
    # Its instrumentation of the Anthropic SDK sees the calls of ChatAnthropic, too, and knows the cache.
    "traceloop-node-server-sdk+langchain@0.27.0": {
        **each("agent chain chain_tool chat responses responses_stream stream", NO_PARTS),
        "embeddings": NO_SPAN,
    },
    "traceloop-node-server-sdk@0.22.8": OPENLLMETRY
    | {
        **each("responses responses_stream responses_tool", NO_SPAN),
        **each("anthropic_chat anthropic_chat_stream anthropic_stream_helper", uncached(1)),
        **each("anthropic_tool_loop anthropic_tool_loop_stream", uncached(2)),
        # More attributes than a span holds, and the counts come last.
        "chat_long_history": NO_COUNTS,
    },
    "traceloop-node-server-sdk@0.27.0": OPENLLMETRY,
}
