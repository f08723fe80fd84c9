import os

import sdk_calls
from common import Client, otel

client = Client(
    "opentelemetry-instrumentation-genai-openai",
    also=("openai", "anthropic", "opentelemetry-instrumentation-genai-anthropic", "opentelemetry-util-genai", "opentelemetry-sdk"),
    preload=("openai", "anthropic"),
)


def start(**env):
    os.environ.update(env)
    providers = otel()
    from opentelemetry.instrumentation.genai.anthropic import AnthropicInstrumentor
    from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor

    OpenAIInstrumentor().instrument(**providers)
    AnthropicInstrumentor().instrument(**providers)


sdk_calls.register(client, start)


LATEST = {"OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental"}


@client.scenario("tool call, content on spans")
def tool_loop_content():
    start(**LATEST, OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_ONLY")
    sdk_calls.tool_loop()


@client.scenario("tool call, content on spans and as log events")
def tool_loop_events():
    start(**LATEST, OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT", OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT="true")
    sdk_calls.tool_loop()


@client.scenario("Anthropic tool use, content on spans and as log events")
def anthropic_tool_loop_content():
    start(**LATEST, OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT", OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT="true")
    sdk_calls.claude_tool_loop()


if __name__ == "__main__":
    client.main()
