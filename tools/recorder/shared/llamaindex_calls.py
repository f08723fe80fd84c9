"""What LlamaIndex does, the same for every instrumentation of it."""

import asyncio

from common import CLAUDE, EMBEDDER, QUESTION, SYSTEM, get_weather


# LlamaIndex asks for the context window of a model before it calls, so its name must be a known one.
def openai(**options):
    from llama_index.llms.openai import OpenAI

    return OpenAI(model="gpt-4o-mini", max_retries=0, **options)


def claude(model=CLAUDE):
    from llama_index.llms.anthropic import Anthropic

    return Anthropic(model=model, max_retries=0, max_tokens=256)


def turn():
    from llama_index.core.llms import ChatMessage

    return [ChatMessage(role="system", content=SYSTEM), ChatMessage(role="user", content=QUESTION)]


def stream(llm):
    for _ in llm.stream_chat(turn()):
        pass


def agent(llm):
    from llama_index.core.agent.workflow import FunctionAgent

    async def run():
        made = FunctionAgent(name="weather-agent", tools=[get_weather], llm=llm, system_prompt=SYSTEM, streaming=False)
        await made.run(QUESTION)

    asyncio.run(run())


def embed():
    from llama_index.embeddings.openai import OpenAIEmbedding

    OpenAIEmbedding(model=EMBEDDER, max_retries=0).get_text_embedding_batch(["sunny", "rainy"])


def query():
    from llama_index.core import Document, VectorStoreIndex
    from llama_index.embeddings.openai import OpenAIEmbedding

    index = VectorStoreIndex.from_documents(
        [Document(text="It is sunny in Paris.")], embed_model=OpenAIEmbedding(model=EMBEDDER, max_retries=0)
    )
    index.as_query_engine(llm=openai()).query(QUESTION)


def register(client, start):
    table = {
        "chat": ("chat with a model", lambda: openai().chat(turn())),
        "chat_stream": ("streamed chat", lambda: stream(openai())),
        "agent": ("FunctionAgent with a tool", lambda: agent(openai())),
        "query": ("index one document, then ask the query engine", query),
        "error_429": ("rate limited", lambda: openai(additional_kwargs={"user": "fail429"}).chat(turn())),
        "embeddings": ("embeddings, two inputs", embed),
        "anthropic": ("chat with Anthropic", lambda: claude().chat(turn())),
        "anthropic_stream": ("streamed chat with Anthropic", lambda: stream(claude())),
        "anthropic_agent": ("FunctionAgent with a tool, Anthropic", lambda: agent(claude())),
    }

    def bind(name, about, call):
        def run():
            start()
            call()

        run.__name__ = name
        client.scenario(about)(run)

    for name, (about, call) in table.items():
        bind(name, about, call)
