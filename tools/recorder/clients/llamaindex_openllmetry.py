# env: llamaindex
import llamaindex_calls
from common import Client, otel

client = Client(
    "opentelemetry-instrumentation-llamaindex",
    also=("llama-index-core", "llama-index-llms-openai", "llama-index-llms-anthropic", "opentelemetry-sdk"),
    preload=("openai", "anthropic", "llama_index.core"),
)


def start():
    providers = otel()
    from opentelemetry.instrumentation.llamaindex import LlamaIndexInstrumentor

    LlamaIndexInstrumentor().instrument(**providers)


llamaindex_calls.register(client, start)

if __name__ == "__main__":
    client.main()
