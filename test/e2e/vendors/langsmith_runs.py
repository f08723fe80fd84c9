"""LangSmith's Python client.

Its argument says how runs are sent: multipart, batch (to a server that knows no multipart) or single, each in a request of its own.
LANGSMITH_TRACING_MODE chooses between its own format and OTLP.
"""

import os
import sys

import httpx
import openai
from langsmith import Client, traceable
from langsmith.run_helpers import get_current_run_tree
from langsmith.run_trees import RunTree
from langsmith.wrappers import wrap_openai

MODEL = "gpt-5-mini"
MESSAGES = [{"role": "user", "content": "What is the weather in Paris?"}]
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}]

PROJECT = "7b1f1f0e-3c69-4b5c-9d0c-2f1f5e3f9a10"  # what LangSmith calls a session; without it the client warns

OPTIONS = {
    "multipart": {},
    "batch": {"info": {"batch_ingest_config": {"use_multipart_endpoint": False, "size_limit": 100, "size_limit_bytes": 10485760,
        "scale_up_nthreads_limit": 1, "scale_up_qsize_trigger": 1000, "scale_down_nempty_trigger": 4}}},
    "single": {"auto_batch_tracing": False},
}
client = Client(**OPTIONS[sys.argv[1]])
model = wrap_openai(openai.OpenAI(max_retries=0), tracing_extra={"client": client})


def ask(name, **more):
    return model.chat.completions.create(model=MODEL, messages=MESSAGES, langsmith_extra={"name": name}, **more)


@traceable(run_type="tool", name="weather", client=client)
def weather(city):
    return {"sky": "sunny", "city": city}


@traceable(run_type="llm", name="by-hand", client=client, metadata={"ls_provider": "openai", "ls_model_name": MODEL})
def by_hand(messages):
    answer = httpx.post(os.environ["OPENAI_BASE_URL"] + "/chat/completions", json={"model": MODEL, "messages": messages}).json()
    usage = answer["usage"]
    return {
        "message": answer["choices"][0]["message"],
        "usage_metadata": {
            "input_tokens": usage["prompt_tokens"],
            "output_tokens": usage["completion_tokens"],
            "total_tokens": usage["total_tokens"],
            "input_token_details": {"cache_read": usage["prompt_tokens_details"]["cached_tokens"]},
            "output_token_details": {"reasoning": usage["completion_tokens_details"]["reasoning_tokens"]},
        },
    }


@traceable(run_type="chain", name="nested", client=client)
def nested():
    return by_hand(MESSAGES)


@traceable(run_type="chain", name="plan", client=client, tags=["beta", "eu"], metadata={"session_id": "session-42", "user_id": "user-7"})
def plan(city):
    ask("ask", temperature=0.5)
    for _ in ask("ask-stream", stream=True, stream_options={"include_usage": True}):
        pass
    ask("ask-tool", tools=TOOLS)
    try:
        ask("refused")
    except openai.RateLimitError:
        pass
    weather(city)
    nested()
    return get_current_run_tree().id


run = plan("Paris")
if client.otel_exporter is None and sys.argv[1] == "multipart":
    assert client.compressed_traces is not None, "the server says that it takes zstd"
client.create_feedback(run, key="helpful", score=0.75, comment="close enough", trace_id=run, session_id=PROJECT)
client.create_feedback(run, key="tone", value="friendly", session_id=PROJECT)

# A run that is told of by hand, its end in a request of its own.
tree = RunTree(name="tree", run_type="chain", inputs={"a": 1}, client=client)
tree.post()
client.flush()
tree.end(outputs={"b": 2})
tree.patch()
client.flush()
if client.otel_exporter is not None:
    from opentelemetry import trace

    trace.get_tracer_provider().force_flush()
print("done")
