"""OpenAI's Agents SDK for Python: its traces go to WatchLLM instead of OpenAI. The argument is the API the models are called with."""

import asyncio
import os
import sys

import openai
from agents import Agent, ModelSettings, Runner, function_tool, set_default_openai_api, set_trace_processors, trace
from agents.tracing import custom_span
from agents.tracing.processors import BackendSpanExporter, BatchTraceProcessor
from pydantic import BaseModel

processor = BatchTraceProcessor(BackendSpanExporter(api_key=os.environ["WATCHLLM_API_KEY"], endpoint=os.environ["WATCHLLM_ENDPOINT"] + "/v1/traces/ingest"))
set_trace_processors([processor])
set_default_openai_api(sys.argv[1])
MODEL = "gpt-5-mini"


@function_tool
def weather(city: str) -> str:
    return "sunny in " + city


class Question(BaseModel):
    city: str


# Without include_usage a streamed answer of the chat API has no counts.
plain = Agent(name="plain", model=MODEL, instructions="Answer.", model_settings=ModelSettings(include_usage=True))
meteorologist = Agent(name="meteorologist", model=MODEL, instructions="Answer.", tools=[weather])
triage = Agent(name="triage", model=MODEL, instructions="Hand over.", handoffs=[meteorologist])
expert = Agent(name="expert", model=MODEL, instructions="Answer.")
boss = Agent(name="boss", model=MODEL, instructions="Ask.", tools=[expert.as_tool("ask_expert", "Asks an expert.", parameters=Question)])


async def main() -> None:
    with trace("support", group_id="session-42", metadata={"plan": "pro"}), custom_span("visit", {"page": "home"}):
        await Runner.run(meteorologist, "What is the weather in Paris?")
        await Runner.run(triage, "What is the weather in Paris?")
        await Runner.run(boss, "What is the weather in Paris?")
        streamed = Runner.run_streamed(plain, "What is the weather in Paris?")
        async for _ in streamed.stream_events():
            pass
        try:
            await Runner.run(plain, "What is the weather in Paris?")
        except openai.RateLimitError:
            pass


asyncio.run(main())
processor.shutdown()
print("done")
