import sdk_calls
from common import Client, otel

client = Client(
    "openinference-instrumentation-openai",
    also=("openai", "anthropic", "openinference-instrumentation-anthropic", "opentelemetry-sdk"),
    preload=("openai", "anthropic"),
)


def start(**options):
    providers = otel()
    from openinference.instrumentation import TraceConfig
    from openinference.instrumentation.anthropic import AnthropicInstrumentor
    from openinference.instrumentation.openai import OpenAIInstrumentor

    config = TraceConfig(**options)
    OpenAIInstrumentor().instrument(tracer_provider=providers["tracer_provider"], config=config)
    AnthropicInstrumentor().instrument(tracer_provider=providers["tracer_provider"], config=config)


sdk_calls.register(client, start)


@client.scenario("inputs and outputs hidden")
def chat_nocontent():
    start(hide_inputs=True, hide_outputs=True)
    sdk_calls.chat()


@client.scenario("session, user, tags and metadata")
def chat_context():
    from openinference.instrumentation import using_attributes

    start()
    with using_attributes(session_id="conv-42", user_id="user-7", metadata={"plan": "pro"}, tags=["weather"]):
        sdk_calls.chat()


if __name__ == "__main__":
    client.main()
