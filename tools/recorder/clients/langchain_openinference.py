# env: langchain
import langchain_calls
from common import Client, otel

client = Client(
    "openinference-instrumentation-langchain",
    also=("langchain", "langchain-openai", "langchain-anthropic", "opentelemetry-sdk"),
    preload=("openai", "anthropic", "langchain_openai", "langchain_anthropic"),
)


def start():
    providers = otel()
    from openinference.instrumentation.langchain import LangChainInstrumentor

    LangChainInstrumentor().instrument(tracer_provider=providers["tracer_provider"])


langchain_calls.register(client, start)

if __name__ == "__main__":
    client.main()
