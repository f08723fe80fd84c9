"""The calls of the plain OpenAI and Anthropic SDKs, the same for every instrumentation of them."""

import json

from common import CLAUDE, CLAUDE_TOOL, EMBEDDER, MESSAGES, MODEL, QUESTION, SYSTEM, TOOL, get_weather


def openai(**options):
    from openai import OpenAI

    return OpenAI(max_retries=0, **options)


def anthropic():
    from anthropic import Anthropic

    return Anthropic(max_retries=0)


def chat(model=MODEL):
    openai().chat.completions.create(model=model, messages=MESSAGES)


def retry_once():
    from openai import OpenAI

    OpenAI(max_retries=2).chat.completions.create(model=MODEL + "-once429", messages=MESSAGES)


def chat_stream(usage=True):
    options = {"stream_options": {"include_usage": True}} if usage else {}
    for _ in openai().chat.completions.create(model=MODEL, messages=MESSAGES, stream=True, **options):
        pass


def chat_stream_abort():
    stream = openai().chat.completions.create(model=MODEL, messages=MESSAGES, stream=True, stream_options={"include_usage": True})
    next(stream)
    next(stream)
    stream.close()


def tool_loop():
    messages = list(MESSAGES)
    answer = openai().chat.completions.create(model=MODEL, messages=messages, tools=[TOOL]).choices[0].message
    call = answer.tool_calls[0]
    result = get_weather(**json.loads(call.function.arguments))
    messages += [answer.model_dump(exclude_none=True), {"role": "tool", "tool_call_id": call.id, "content": result}]
    openai().chat.completions.create(model=MODEL, messages=messages, tools=[TOOL])


def responses(stream=False):
    answer = openai().responses.create(model=MODEL, instructions=SYSTEM, input=QUESTION, stream=stream)
    if stream:
        for _ in answer:
            pass


def embeddings():
    openai().embeddings.create(model=EMBEDDER, input=["sunny", "rainy"])


def claude(model=CLAUDE, **options):
    return anthropic().messages.create(
        model=model, max_tokens=256, system=SYSTEM, messages=options.pop("messages", [{"role": "user", "content": QUESTION}]), **options
    )


def claude_stream():
    for _ in claude(stream=True):
        pass


def claude_stream_helper():
    with anthropic().messages.stream(
        model=CLAUDE, max_tokens=256, system=SYSTEM, messages=[{"role": "user", "content": QUESTION}]
    ) as stream:
        for _ in stream.text_stream:
            pass
        stream.get_final_message()


def claude_tool_loop():
    first = claude(tools=[CLAUDE_TOOL])
    use = next(part for part in first.content if part.type == "tool_use")
    result = {"type": "tool_result", "tool_use_id": use.id, "content": get_weather(**use.input)}
    claude(
        tools=[CLAUDE_TOOL],
        messages=[
            {"role": "user", "content": QUESTION},
            {"role": "assistant", "content": [{"type": "tool_use", "id": use.id, "name": use.name, "input": use.input}]},
            {"role": "user", "content": [result]},
        ],
    )


def register(client, start, skip=()):
    """The whole set of plain calls as scenarios; start switches the instrumentation on."""
    table = {
        "chat": ("chat completion", chat),
        "chat_stream": ("streamed, with include_usage", chat_stream),
        "chat_stream_nousage": ("streamed, usage not asked for", lambda: chat_stream(usage=False)),
        "chat_stream_abort": ("stream closed by the application after two chunks", chat_stream_abort),
        "tool_loop": ("tool call and its result", tool_loop),
        "retry_once": ("429 first, then an answer, retried by the SDK", retry_once),
        "error_429": ("rate limited, no retry", lambda: chat(MODEL + "-fail429")),
        "error_400": ("context too long", lambda: chat(MODEL + "-fail400")),
        "responses": ("responses API", responses),
        "responses_stream": ("responses API, streamed", lambda: responses(stream=True)),
        "embeddings": ("embeddings, two inputs", embeddings),
        "anthropic_chat": ("Anthropic messages with cached tokens", claude),
        "anthropic_chat_stream": ("Anthropic messages, create(stream=True)", claude_stream),
        "anthropic_stream_helper": ("Anthropic messages, messages.stream()", claude_stream_helper),
        "anthropic_tool_loop": ("Anthropic tool use and its result", claude_tool_loop),
        "anthropic_error_529": ("Anthropic overloaded", lambda: claude(CLAUDE + "-fail529")),
    }

    def bind(name, about, call):
        def run():
            start()
            call()

        run.__name__ = name
        client.scenario(about)(run)

    for name, (about, call) in table.items():
        if name not in skip:
            bind(name, about, call)
