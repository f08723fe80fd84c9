# env: openai_agents
import os

import agents_calls
from common import Client

client = Client("openai-agents", also=("openai",), preload=("openai", "agents"))


def start():
    from agents.tracing import processors

    exporter = processors.BackendSpanExporter(api_key="sk-capture", endpoint=os.environ["SINK_URL"] + "/v1/traces/ingest")
    from agents import set_trace_processors

    set_trace_processors([processors.BatchTraceProcessor(exporter)])


agents_calls.register(client, start)

if __name__ == "__main__":
    client.main()
