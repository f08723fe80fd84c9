import asyncio

from common import EMBEDDER, MODEL, QUESTION, SYSTEM, Client, get_weather, otel

client = Client(
    "agent-framework-core",
    also=("agent-framework-openai", "openai", "opentelemetry-sdk"),
    preload=("openai", "agent_framework", "agent_framework.openai"),
)


def start(sensitive=False):
    otel()
    from agent_framework import observability

    observability.enable_instrumentation(enable_sensitive_data=sensitive)


def chat_client(model=MODEL, responses=False):
    from agent_framework import openai as af

    kind = af.OpenAIChatClient if responses else af.OpenAIChatCompletionClient
    from openai import AsyncOpenAI

    return kind(model=model, async_client=AsyncOpenAI(max_retries=0))


def agent(**options):
    from agent_framework import Agent

    return Agent(client=chat_client(**options), name="weather-agent", instructions=SYSTEM, tools=[get_weather])


async def streamed(made):
    async for _ in made.run(QUESTION, stream=True):
        pass


@client.scenario("a chat client, one call")
def chat():
    from agent_framework import Message

    start()
    asyncio.run(chat_client().get_response([Message("user", [QUESTION])]))


@client.scenario("agent with a tool")
def agent_tool():
    start()
    asyncio.run(agent().run(QUESTION))


@client.scenario("agent with a tool, content kept")
def agent_tool_content():
    start(sensitive=True)
    asyncio.run(agent().run(QUESTION))


@client.scenario("agent with a tool, streamed")
def agent_stream():
    start()
    asyncio.run(streamed(agent()))


@client.scenario("agent with a tool, responses API")
def responses_agent():
    start()
    asyncio.run(agent(responses=True).run(QUESTION))


@client.scenario("rate limited")
def error_429():
    start()
    asyncio.run(agent(model=MODEL + "-fail429").run(QUESTION))


@client.scenario("embeddings, two inputs")
def embeddings():
    start()
    from agent_framework.openai import OpenAIEmbeddingClient

    asyncio.run(OpenAIEmbeddingClient(model=EMBEDDER).get_embeddings(["sunny", "rainy"]))


if __name__ == "__main__":
    client.main()
