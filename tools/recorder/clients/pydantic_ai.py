import asyncio

from common import CLAUDE, MODEL, QUESTION, SYSTEM, Client, get_weather, otel

client = Client(
    "pydantic-ai-slim",
    also=("openai", "anthropic", "opentelemetry-sdk"),
    preload=("openai", "anthropic", "google.genai", "pydantic_ai"),
)


def agent(model=MODEL, tools=(get_weather,), **settings):
    providers = otel()
    from openai import AsyncOpenAI
    from pydantic_ai import Agent
    from pydantic_ai.models.anthropic import AnthropicModel
    from pydantic_ai.models.instrumented import InstrumentationSettings
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.anthropic import AnthropicProvider
    from pydantic_ai.providers.openai import OpenAIProvider

    if model.startswith("claude"):
        from anthropic import AsyncAnthropic

        model = AnthropicModel(model, provider=AnthropicProvider(anthropic_client=AsyncAnthropic(max_retries=0)))
    elif model.startswith("gemini"):
        from pydantic_ai.models.google import GoogleModel

        model = GoogleModel(model)
    else:
        model = OpenAIChatModel(model, provider=OpenAIProvider(openai_client=AsyncOpenAI(max_retries=0)))
    providers.pop("logger_provider")
    settings = InstrumentationSettings(**providers, **settings)
    Agent.instrument_all(settings)
    return Agent(model, name="weather-agent", instructions=SYSTEM, tools=list(tools))


@client.scenario("one call, no tool")
def chat():
    agent(tools=()).run_sync(QUESTION)


@client.scenario("run_stream")
def chat_stream():
    async def run():
        async with agent(tools=()).run_stream(QUESTION) as answer:
            await answer.get_output()

    asyncio.run(run())


@client.scenario("agent with a tool")
def tool_loop():
    agent().run_sync(QUESTION)


@client.scenario("agent with a tool, the sum on the agent span under the names of a call")
def tool_loop_same_names():
    agent(use_aggregated_usage_attribute_names=False).run_sync(QUESTION)


@client.scenario("agent with a tool, content left out")
def tool_loop_nocontent():
    agent(include_content=False).run_sync(QUESTION)


def versioned(number):
    def run():
        agent(version=number).run_sync(QUESTION)

    run.__name__ = f"tool_loop_v{number}"
    client.scenario(f"agent with a tool, instrumentation version {number}")(run)


for number in (2, 3, 4, 6):
    versioned(number)


@client.scenario("rate limited")
def error_429():
    agent(MODEL + "-fail429", tools=()).run_sync(QUESTION)


@client.scenario("Anthropic, cached tokens")
def anthropic_chat():
    agent(CLAUDE, tools=()).run_sync(QUESTION)


@client.scenario("Anthropic, run_stream")
def anthropic_chat_stream():
    async def run():
        async with agent(CLAUDE, tools=()).run_stream(QUESTION) as answer:
            await answer.get_output()

    asyncio.run(run())


@client.scenario("Anthropic agent with a tool")
def anthropic_tool_loop():
    agent(CLAUDE).run_sync(QUESTION)


@client.scenario("Gemini agent with a tool")
def gemini_tool_loop():
    agent("gemini-2.5-flash").run_sync(QUESTION)


if __name__ == "__main__":
    client.main()
