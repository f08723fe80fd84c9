import os

import sdk_calls
from common import Client, otel

client = Client(
    "opentelemetry-instrumentation-openai",
    variant="python",
    also=("openai", "anthropic", "opentelemetry-instrumentation-anthropic", "opentelemetry-sdk"),
    preload=("openai", "anthropic"),
)


def start(content="true"):
    os.environ["TRACELOOP_TRACE_CONTENT"] = content
    providers = otel()
    from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor
    from opentelemetry.instrumentation.openai import OpenAIInstrumentor

    OpenAIInstrumentor().instrument(**providers)
    AnthropicInstrumentor().instrument(**providers)


sdk_calls.register(client, start)


@client.scenario("content switched off")
def chat_nocontent():
    start(content="false")
    sdk_calls.chat()


if __name__ == "__main__":
    client.main()
