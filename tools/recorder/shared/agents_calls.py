"""What the OpenAI Agents SDK does, the same for its own traces and for an instrumentation of it."""

import asyncio

from common import MODEL, QUESTION, SYSTEM, get_weather


def agent(model=MODEL, chat=True, tools=True):
    from agents import Agent, OpenAIChatCompletionsModel, OpenAIResponsesModel, function_tool
    from openai import AsyncOpenAI

    kind = OpenAIChatCompletionsModel if chat else OpenAIResponsesModel
    made = kind(model=model, openai_client=AsyncOpenAI(max_retries=0))
    return Agent(name="weather-agent", instructions=SYSTEM, model=made, tools=[function_tool(get_weather)] if tools else [])


def run(made):
    from agents import RunConfig, Runner

    Runner.run_sync(made, QUESTION, run_config=RunConfig(group_id="conv-42"))


def stream(made):
    from agents import RunConfig, Runner

    async def go():
        async for _ in Runner.run_streamed(made, QUESTION, run_config=RunConfig(group_id="conv-42")).stream_events():
            pass

    asyncio.run(go())


def register(client, start):
    table = {
        "chat": ("one call, chat completions", lambda: run(agent(tools=False))),
        "tool_loop": ("agent with a tool, chat completions", lambda: run(agent())),
        "stream": ("agent with a tool, streamed", lambda: stream(agent())),
        "responses_tool_loop": ("agent with a tool, responses API", lambda: run(agent(chat=False))),
        "responses_stream": ("agent with a tool, responses API, streamed", lambda: stream(agent(chat=False))),
        "error_429": ("rate limited", lambda: run(agent(MODEL + "-fail429"))),
    }

    def bind(name, about, call):
        def go():
            start()
            try:
                call()
            finally:
                from agents import flush_traces

                flush_traces()

        go.__name__ = name
        client.scenario(about)(go)

    for name, (about, call) in table.items():
        bind(name, about, call)
