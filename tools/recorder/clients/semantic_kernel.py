import asyncio
import os

from common import MODEL, QUESTION, SYSTEM, Client, otel

client = Client("semantic-kernel", also=("openai", "opentelemetry-sdk"), preload=("openai", "numpy", "scipy"))


def start(content=False):
    os.environ["SEMANTICKERNEL_EXPERIMENTAL_GENAI_ENABLE_OTEL_DIAGNOSTICS" + ("_SENSITIVE" if content else "")] = "true"
    providers = otel()
    if content:
        # The content goes to Python's logging; without a handler it goes nowhere.
        import logging

        from opentelemetry.sdk._logs import LoggingHandler

        handler = LoggingHandler(logger_provider=providers["logger_provider"])
        name = "semantic_kernel.utils.telemetry.model_diagnostics.decorators"
        logging.getLogger(name).addHandler(handler)
        logging.getLogger(name).setLevel(logging.INFO)


def service(model=MODEL):
    from openai import AsyncOpenAI
    from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion

    return OpenAIChatCompletion(ai_model_id=model, async_client=AsyncOpenAI(max_retries=0))


def plugin():
    from semantic_kernel.functions import kernel_function

    class Weather:
        @kernel_function(name="get_weather", description="The weather in a city.")
        def get_weather(self, city: str) -> str:
            return f"Sunny in {city}, 21 degrees."

    return Weather()


def agent(model=MODEL):
    from semantic_kernel.agents import ChatCompletionAgent

    return ChatCompletionAgent(service=service(model), name="weather_agent", instructions=SYSTEM, plugins=[plugin()])


def history():
    from semantic_kernel.contents import ChatHistory

    made = ChatHistory(system_message=SYSTEM)
    made.add_user_message(QUESTION)
    return made


def settings():
    from semantic_kernel.connectors.ai.open_ai import OpenAIChatPromptExecutionSettings

    return OpenAIChatPromptExecutionSettings()


@client.scenario("chat service, one call")
def chat():
    start()
    asyncio.run(service().get_chat_message_content(history(), settings()))


@client.scenario("chat service, one call, content as events")
def chat_content():
    start(content=True)
    asyncio.run(service().get_chat_message_content(history(), settings()))


@client.scenario("chat service, streamed")
def chat_stream():
    start()

    async def run():
        async for _ in service().get_streaming_chat_message_content(history(), settings()):
            pass

    asyncio.run(run())


@client.scenario("agent with a plugin")
def agent_tool():
    start()
    asyncio.run(agent().get_response(messages=QUESTION))


@client.scenario("agent with a plugin, content as events")
def agent_tool_content():
    start(content=True)
    asyncio.run(agent().get_response(messages=QUESTION))


@client.scenario("rate limited")
def error_429():
    start()
    asyncio.run(service(MODEL + "-fail429").get_chat_message_content(history(), settings()))


if __name__ == "__main__":
    client.main()
