from common import Client
from haystack_shared import register

client = Client("haystack-ai", variant="v2", also=("openai", "opentelemetry-sdk"))


def tracer(provider):
    from haystack.tracing import OpenTelemetryTracer

    return OpenTelemetryTracer(provider.get_tracer("weather-app"))


register(client, tracer)

if __name__ == "__main__":
    client.main()
