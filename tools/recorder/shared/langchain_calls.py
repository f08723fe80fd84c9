"""What LangChain does, the same for every instrumentation of it."""

from common import CLAUDE, EMBEDDER, MODEL, QUESTION, SYSTEM, get_weather

TURN = [("system", SYSTEM), ("human", QUESTION)]


def openai(model=MODEL, **options):
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(model=model, max_retries=0, **options)


def claude(model=CLAUDE):
    from langchain_anthropic import ChatAnthropic

    return ChatAnthropic(model=model, max_retries=0, max_tokens=256)


def chain(model, stream=False):
    from langchain_core.output_parsers import StrOutputParser
    from langchain_core.prompts import ChatPromptTemplate

    made = ChatPromptTemplate.from_messages([("system", SYSTEM), ("human", "{question}")]) | model | StrOutputParser()
    if stream:
        for _ in made.stream({"question": QUESTION}):
            pass
    else:
        made.invoke({"question": QUESTION})


def agent(model):
    from langchain.agents import create_agent

    made = create_agent(model, tools=[get_weather], system_prompt=SYSTEM, name="weather-agent")
    made.invoke({"messages": [{"role": "user", "content": QUESTION}]}, {"configurable": {"thread_id": "conv-42"}})


def embed():
    from langchain_openai import OpenAIEmbeddings

    OpenAIEmbeddings(model=EMBEDDER, check_embedding_ctx_length=False).embed_documents(["sunny", "rainy"])


def register(client, start):
    table = {
        "chat": ("a chat model, invoked", lambda: openai().invoke(TURN)),
        "chain": ("prompt, model, parser", lambda: chain(openai())),
        "chain_stream": ("prompt, model, parser, streamed", lambda: chain(openai(stream_usage=True), stream=True)),
        "agent": ("create_agent with a tool", lambda: agent(openai())),
        "responses": ("responses API", lambda: chain(openai(use_responses_api=True))),
        "error_429": ("rate limited", lambda: chain(openai(MODEL + "-fail429"))),
        "embeddings": ("embeddings, two inputs", embed),
        "anthropic": ("prompt, Anthropic model, parser", lambda: chain(claude())),
        "anthropic_stream": ("prompt, Anthropic model, parser, streamed", lambda: chain(claude(), stream=True)),
        "anthropic_agent": ("create_agent with a tool, Anthropic", lambda: agent(claude())),
    }

    def bind(name, about, call):
        def run():
            start()
            call()

        run.__name__ = name
        client.scenario(about)(run)

    for name, (about, call) in table.items():
        bind(name, about, call)
