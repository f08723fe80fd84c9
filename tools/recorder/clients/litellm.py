import json
import os

from common import CLAUDE, EMBEDDER, MESSAGES, MODEL, TOOL, Client, get_weather

client = Client("litellm", also=("openai", "opentelemetry-sdk"))


def start(**env):
    os.environ.update({"OTEL_EXPORTER": "otlp_http", "OTEL_ENDPOINT": os.environ["SINK_URL"], "LITELLM_LOCAL_MODEL_COST_MAP": "True"} | env)
    import litellm

    litellm.callbacks = ["otel"]
    litellm.telemetry = False
    litellm.num_retries = 0
    return litellm


def finish():
    """The callback runs behind the call and exports by itself: the provider it made is flushed here."""
    import time

    from opentelemetry import trace

    time.sleep(1)
    trace.get_tracer_provider().force_flush()


def tools(model):
    litellm = start()
    messages = list(MESSAGES)
    answer = litellm.completion(model=model, messages=messages, tools=[TOOL]).choices[0].message
    call = answer.tool_calls[0]
    result = get_weather(**json.loads(call.function.arguments))
    messages += [answer.model_dump(exclude_none=True), {"role": "tool", "tool_call_id": call.id, "content": result}]
    litellm.completion(model=model, messages=messages, tools=[TOOL])
    finish()


@client.scenario("chat completion")
def chat():
    start().completion(model="openai/" + MODEL, messages=MESSAGES)
    finish()


@client.scenario("content left out")
def chat_nocontent():
    litellm = start()
    litellm.turn_off_message_logging = True
    litellm.completion(model="openai/" + MODEL, messages=MESSAGES)
    finish()


@client.scenario("streamed, with include_usage")
def chat_stream():
    for _ in start().completion(model="openai/" + MODEL, messages=MESSAGES, stream=True, stream_options={"include_usage": True}):
        pass
    finish()


@client.scenario("streamed, usage not asked for")
def chat_stream_nousage():
    for _ in start().completion(model="openai/" + MODEL, messages=MESSAGES, stream=True):
        pass
    finish()


@client.scenario("tool call and its result, two calls")
def tool_loop():
    tools("openai/" + MODEL)


@client.scenario("tool call, the newer conventions asked for")
def tool_loop_latest():
    os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "gen_ai_latest_experimental"
    tools("openai/" + MODEL)


@client.scenario("rate limited, no retry")
def error_429():
    litellm = start()
    try:
        litellm.completion(model="openai/" + MODEL + "-fail429", messages=MESSAGES, max_retries=0)
    finally:
        finish()


@client.scenario("embeddings, two inputs")
def embeddings():
    start().embedding(model="openai/" + EMBEDDER, input=["sunny", "rainy"])
    finish()


@client.scenario("Anthropic, cached tokens")
def anthropic_chat():
    start().completion(model="anthropic/" + CLAUDE, messages=MESSAGES)
    finish()


@client.scenario("Anthropic, streamed")
def anthropic_chat_stream():
    for _ in start().completion(model="anthropic/" + CLAUDE, messages=MESSAGES, stream=True, stream_options={"include_usage": True}):
        pass
    finish()


@client.scenario("Anthropic tool use and its result, two calls")
def anthropic_tool_loop():
    tools("anthropic/" + CLAUDE)


@client.scenario("responses API")
def responses():
    start().responses(model="openai/" + MODEL, input=MESSAGES[1]["content"])
    finish()


if __name__ == "__main__":
    client.main()
