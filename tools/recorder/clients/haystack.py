from common import Client
from haystack_shared import register

client = Client("haystack-ai", also=("opentelemetry-haystack", "openai", "opentelemetry-sdk"))


def tracer(provider):
    from haystack_integrations.tracing.opentelemetry import OpenTelemetryTracer

    return OpenTelemetryTracer(provider.get_tracer("weather-app"))


register(client, tracer)

if __name__ == "__main__":
    client.main()
