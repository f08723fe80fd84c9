# env: llamaindex
import llamaindex_calls
from common import Client, otel

client = Client(
    "openinference-instrumentation-llama-index",
    also=("llama-index-core", "llama-index-llms-openai", "llama-index-llms-anthropic", "opentelemetry-sdk"),
    preload=("openai", "anthropic", "llama_index.core", "openinference.instrumentation.llama_index"),
)


def start():
    providers = otel()
    from openinference.instrumentation.llama_index import LlamaIndexInstrumentor

    LlamaIndexInstrumentor().instrument(tracer_provider=providers["tracer_provider"])


llamaindex_calls.register(client, start)

if __name__ == "__main__":
    client.main()
