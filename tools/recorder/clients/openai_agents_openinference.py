# env: openai_agents
import agents_calls
from common import Client, otel

client = Client(
    "openinference-instrumentation-openai-agents",
    also=("openai-agents", "openai", "opentelemetry-sdk"),
    preload=("openai", "agents", "openinference.instrumentation.openai_agents"),
)


def start():
    providers = otel()
    from openinference.instrumentation.openai_agents import OpenAIAgentsInstrumentor

    OpenAIAgentsInstrumentor().instrument(tracer_provider=providers["tracer_provider"])


agents_calls.register(client, start)

if __name__ == "__main__":
    client.main()
