import os

import sdk_calls
from common import Client, otel

client = Client("opentelemetry-instrumentation-openai-v2", also=("openai", "opentelemetry-util-genai", "opentelemetry-sdk"))
LATEST = {"OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental"}


def start(**env):
    os.environ.update(env)
    providers = otel()
    from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor

    OpenAIInstrumentor().instrument(**providers)


sdk_calls.register(
    client,
    start,
    skip=[
        "anthropic_chat",
        "anthropic_chat_stream",
        "anthropic_stream_helper",
        "anthropic_tool_loop",
        "anthropic_error_529",
    ],
)


@client.scenario("tool call, content as one log event a message (the older conventions)")
def tool_loop_content():
    start(OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="true")
    sdk_calls.tool_loop()


@client.scenario("tool call, the newer conventions, content on spans and as log events")
def tool_loop_latest():
    start(**LATEST, OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT", OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT="true")
    sdk_calls.tool_loop()


@client.scenario("streamed, the newer conventions")
def chat_stream_latest():
    start(**LATEST)
    sdk_calls.chat_stream()


if __name__ == "__main__":
    client.main()
