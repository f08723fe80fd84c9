"""Langfuse's Python client from version 3 on, which sends OTLP, and scores as JSON."""

import os

import httpx
import openai
from langfuse import get_client, propagate_attributes
from langfuse.api import Prompt_Text
from langfuse.model import TextPromptClient
from langfuse.openai import OpenAI

MODEL = "gpt-5-mini"
MESSAGES = [{"role": "user", "content": "What is the weather in Paris?"}]
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}]

langfuse = get_client()
assert langfuse.auth_check()
client = OpenAI(max_retries=0)
prompt = TextPromptClient(Prompt_Text(name="weather", version=3, prompt="Weather?", config={}, labels=[], tags=[]))


def ask(name, **more):
    return client.chat.completions.create(model=MODEL, messages=MESSAGES, name=name, **more)


with propagate_attributes(user_id="user-7", session_id="session-42", tags=["beta", "eu"], metadata={"plan": "pro"}, trace_name="support"):
    with langfuse.start_as_current_observation(name="plan", as_type="span", input={"city": "Paris"}) as plan:
        ask("ask", temperature=0.5, langfuse_prompt=prompt)
        for _ in ask("ask-stream", stream=True, stream_options={"include_usage": True}):
            pass
        ask("ask-tool", tools=TOOLS)
        try:
            ask("refused")
        except openai.RateLimitError:
            pass
        client.embeddings.create(model="text-embedding-3-small", input="Paris", encoding_format="float", name="embed")
        with langfuse.start_as_current_observation(name="nested", as_type="span") as nested:
            by_hand = nested.start_observation(name="by-hand", as_type="generation", model=MODEL, input=MESSAGES)
            answer = httpx.post(os.environ["OPENAI_BASE_URL"] + "/chat/completions", json={"model": MODEL, "messages": MESSAGES}).json()
            usage = answer["usage"]
            by_hand.update(
                output=answer["choices"][0]["message"],
                usage_details={
                    "input": usage["prompt_tokens"],
                    "output": usage["completion_tokens"],
                    "total": usage["total_tokens"],
                    "input_cached_tokens": usage["prompt_tokens_details"]["cached_tokens"],
                    "output_reasoning_tokens": usage["completion_tokens_details"]["reasoning_tokens"],
                },
            )
            by_hand.end()
        plan.create_event(name="note", metadata={"seen": True})
        plan.update(output="sunny")
        plan.score_trace(name="helpful", value=0.75, comment="close enough")
        by_hand.score(name="tone", value="friendly", data_type="CATEGORICAL")
        langfuse.create_score(trace_id=plan.trace_id, name="solved", value=1, data_type="BOOLEAN")
langfuse.flush()
langfuse.shutdown()
print("done")
