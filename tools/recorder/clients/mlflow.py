import os

import sdk_calls
from common import Client

client = Client("mlflow", also=("openai", "anthropic", "opentelemetry-sdk"), preload=("openai", "anthropic"))


def start(**env):
    # Without an address of its own server it looks for one with modules that this package lacks, and traces nothing.
    os.environ.update(
        {
            "MLFLOW_TRACKING_URI": os.environ["SINK_URL"],
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": os.environ["SINK_URL"] + "/v1/traces",
            "MLFLOW_ENABLE_OTLP_EXPORTER": "true",
        }
        | env
    )
    import atexit

    import mlflow

    mlflow.openai.autolog()
    mlflow.anthropic.autolog()
    from mlflow.tracing import provider

    atexit.register(lambda: provider.provider.get().shutdown())


sdk_calls.register(client, start, skip=["retry_once", "error_400", "chat_stream_abort", "chat_stream_nousage", "anthropic_error_529"])


@client.scenario("tool call in a traced function")
def agent():
    start()
    import mlflow

    mlflow.trace(sdk_calls.tool_loop, name="weather-agent", span_type="AGENT")()


@client.scenario("tool call in a traced function, exported by the GenAI conventions")
def agent_semconv():
    start(MLFLOW_ENABLE_OTEL_GENAI_SEMCONV="true")
    import mlflow

    mlflow.trace(sdk_calls.tool_loop, name="weather-agent", span_type="AGENT")()


if __name__ == "__main__":
    client.main()
