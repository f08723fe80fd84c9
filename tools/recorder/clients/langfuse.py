import os

from common import EMBEDDER, MESSAGES, MODEL, QUESTION, TOOL, Client, get_weather

client = Client("langfuse", variant="python", also=("openai", "opentelemetry-sdk"))


def start():
    os.environ.update(
        {
            "LANGFUSE_PUBLIC_KEY": "pk-lf-capture",
            "LANGFUSE_SECRET_KEY": "sk-lf-capture",
            "LANGFUSE_BASE_URL": os.environ["SINK_URL"],
            "LANGFUSE_HOST": os.environ["SINK_URL"],
        }
    )
    import atexit

    from langfuse import get_client

    atexit.register(lambda: get_client().flush())
    from langfuse.openai import OpenAI

    return OpenAI(max_retries=0)


@client.scenario("chat completion")
def chat():
    start().chat.completions.create(model=MODEL, messages=MESSAGES)


@client.scenario("streamed, with include_usage")
def chat_stream():
    for _ in start().chat.completions.create(model=MODEL, messages=MESSAGES, stream=True, stream_options={"include_usage": True}):
        pass


@client.scenario("streamed, usage not asked for")
def chat_stream_nousage():
    for _ in start().chat.completions.create(model=MODEL, messages=MESSAGES, stream=True):
        pass


@client.scenario("an observed function with a tool call and its result")
def nested_agent():
    import json

    made = start()
    from langfuse import observe

    @observe(name="get_weather", as_type="tool")
    def weather(city):
        return get_weather(city)

    @observe(name="weather-agent", as_type="agent")
    def agent(question):
        messages = list(MESSAGES)
        answer = made.chat.completions.create(model=MODEL, messages=messages, tools=[TOOL]).choices[0].message
        call = answer.tool_calls[0]
        result = weather(**json.loads(call.function.arguments))
        messages += [answer.model_dump(exclude_none=True), {"role": "tool", "tool_call_id": call.id, "content": result}]
        return made.chat.completions.create(model=MODEL, messages=messages, tools=[TOOL]).choices[0].message.content

    agent(QUESTION)


@client.scenario("responses API")
def responses():
    start().responses.create(model=MODEL, input=QUESTION)


@client.scenario("embeddings, two inputs")
def embeddings():
    start().embeddings.create(model=EMBEDDER, input=["sunny", "rainy"])


@client.scenario("rate limited, no retry")
def error_429():
    start().chat.completions.create(model=MODEL + "-fail429", messages=MESSAGES)


if __name__ == "__main__":
    client.main()
