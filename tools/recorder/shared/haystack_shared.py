"""What Haystack does, the same for both of its generations."""

import os

from common import EMBEDDER, MODEL, QUESTION, SYSTEM, get_weather, otel


def start(tracer, content):
    os.environ["HAYSTACK_CONTENT_TRACING_ENABLED"] = content
    os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"
    providers = otel()
    from haystack import tracing

    tracing.enable_tracing(tracer(providers["tracer_provider"]))


def generator(model=MODEL, **options):
    from haystack.components.generators.chat import OpenAIChatGenerator

    return OpenAIChatGenerator(model=model, max_retries=0, **options)


def turn():
    from haystack.dataclasses import ChatMessage

    return [ChatMessage.from_system(SYSTEM), ChatMessage.from_user(QUESTION)]


def pipeline(llm):
    from haystack import Pipeline

    made = Pipeline()
    made.add_component("llm", llm)
    made.run({"llm": {"messages": turn()}})


def streamed():
    extra = {"stream_options": {"include_usage": True}}
    pipeline(generator(streaming_callback=lambda _: None, generation_kwargs=extra))


def agent():
    from haystack.components.agents import Agent
    from haystack.tools import create_tool_from_function

    made = Agent(chat_generator=generator(), tools=[create_tool_from_function(get_weather)], system_prompt=SYSTEM)
    if hasattr(made, "warm_up"):
        made.warm_up()
    made.run(messages=turn()[1:])


def embed():
    from haystack import Document, Pipeline
    from haystack.components.embedders import OpenAIDocumentEmbedder

    made = Pipeline()
    made.add_component("embedder", OpenAIDocumentEmbedder(model=EMBEDDER, max_retries=0, progress_bar=False))
    made.run({"embedder": {"documents": [Document(content="sunny"), Document(content="rainy")]}})


def register(client, tracer):
    table = {
        "pipeline": ("pipeline with OpenAIChatGenerator, content traced", "true", lambda: pipeline(generator())),
        "pipeline_nocontent": ("pipeline with OpenAIChatGenerator, content not traced", "false", lambda: pipeline(generator())),
        "pipeline_stream": ("pipeline, streamed, content traced", "true", streamed),
        "agent": ("Agent with a tool, content traced", "true", agent),
        "error_429": ("rate limited", "true", lambda: pipeline(generator(MODEL + "-fail429"))),
        "embeddings": ("embeddings, two documents", "true", embed),
    }

    def bind(name, about, content, call):
        def run():
            start(tracer, content)
            call()

        run.__name__ = name
        client.scenario(about)(run)

    for name, row in table.items():
        bind(name, *row)
