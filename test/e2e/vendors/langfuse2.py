"""Langfuse's Python client up to version 2, which sends JSON."""

import os

import httpx
import openai
from langfuse import Langfuse
from langfuse.model import Prompt_Text, TextPromptClient
from langfuse.openai import OpenAI

MODEL = "gpt-5-mini"
MESSAGES = [{"role": "user", "content": "What is the weather in Paris?"}]
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}]

langfuse = Langfuse()
assert langfuse.auth_check()
client = OpenAI(max_retries=0)
prompt = TextPromptClient(Prompt_Text(name="weather", version=3, prompt="Weather?", config={}, labels=[], tags=[]))

trace = langfuse.trace(
    name="support", user_id="user-7", session_id="session-42", tags=["beta", "eu"], metadata={"plan": "pro"}, release="r1", input="weather?"
)
plan = trace.span(name="plan", input={"city": "Paris"})


def ask(name, **more):
    return client.chat.completions.create(model=MODEL, messages=MESSAGES, name=name, trace_id=trace.id, parent_observation_id=plan.id, **more)


ask("ask", temperature=0.5, langfuse_prompt=prompt)
for _ in ask("ask-stream", stream=True, stream_options={"include_usage": True}):
    pass
ask("ask-tool", tools=TOOLS)
try:
    ask("refused")
except openai.RateLimitError:
    pass
client.embeddings.create(model="text-embedding-3-small", input="Paris", encoding_format="float")  # not watched by this client

# The end of a generation is told later, in a request of its own.
nested = plan.span(name="nested")
by_hand = nested.generation(name="by-hand", model=MODEL, input=MESSAGES)
langfuse.flush()
answer = httpx.post(os.environ["OPENAI_BASE_URL"] + "/chat/completions", json={"model": MODEL, "messages": MESSAGES}).json()
usage = answer["usage"]
by_hand.update(
    usage_details={
        "input": usage["prompt_tokens"],
        "output": usage["completion_tokens"],
        "total": usage["total_tokens"],
        "input_cached_tokens": usage["prompt_tokens_details"]["cached_tokens"],
        "output_reasoning_tokens": usage["completion_tokens_details"]["reasoning_tokens"],
    }
)
by_hand.end(output=answer["choices"][0]["message"])
nested.end()
trace.event(name="note", metadata={"seen": True})
plan.end(output="sunny")
trace.update(output="sunny")

trace.score(name="helpful", value=0.75, comment="close enough")
by_hand.score(name="tone", value="friendly", data_type="CATEGORICAL")
langfuse.score(trace_id=trace.id, name="solved", value=1, data_type="BOOLEAN")
langfuse.shutdown()
print("done")
