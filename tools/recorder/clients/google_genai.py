import os

from common import GEMINI, QUESTION, SYSTEM, Client, get_weather, otel

client = Client(
    "opentelemetry-instrumentation-google-genai",
    also=("google-genai", "opentelemetry-util-genai", "opentelemetry-sdk"),
    preload=("google.genai",),
)


def start(**env):
    os.environ.update(env)
    providers = otel()
    from opentelemetry.instrumentation.google_genai import GoogleGenAiSdkInstrumentor

    GoogleGenAiSdkInstrumentor().instrument(**providers)
    from google import genai

    return genai.Client()


def config(**options):
    from google.genai import types

    return types.GenerateContentConfig(system_instruction=SYSTEM, **options)


@client.scenario("generate_content")
def chat():
    made = start()
    made.models.generate_content(model=GEMINI, contents=QUESTION, config=config())


@client.scenario("generate_content, the newer conventions, content on spans and as log events")
def chat_content():
    made = start(
        OTEL_SEMCONV_STABILITY_OPT_IN="gen_ai_latest_experimental",
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT",
    )
    made.models.generate_content(model=GEMINI, contents=QUESTION, config=config())


@client.scenario("generate_content_stream")
def chat_stream():
    made = start()
    for _ in made.models.generate_content_stream(model=GEMINI, contents=QUESTION, config=config()):
        pass


@client.scenario("a tool the SDK calls by itself")
def tool_loop():
    made = start()
    made.models.generate_content(model=GEMINI, contents=QUESTION, config=config(tools=[get_weather]))


@client.scenario("rate limited")
def error_429():
    made = start()
    made.models.generate_content(model=GEMINI + "-fail429", contents=QUESTION)


if __name__ == "__main__":
    client.main()
