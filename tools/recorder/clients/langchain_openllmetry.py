# env: langchain
import langchain_calls
from common import Client, otel

client = Client(
    "opentelemetry-instrumentation-langchain",
    also=("langchain", "langchain-openai", "langchain-anthropic", "opentelemetry-sdk"),
    preload=("openai", "anthropic", "langchain_openai", "langchain_anthropic"),
)


def start():
    providers = otel()
    from opentelemetry.instrumentation.langchain import LangchainInstrumentor

    LangchainInstrumentor().instrument(**providers)


langchain_calls.register(client, start)

if __name__ == "__main__":
    client.main()
