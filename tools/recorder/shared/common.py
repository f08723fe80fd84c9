"""What every client script shares: the question, the tool, the SDK set-up, and the way the recorder calls it."""

import importlib
import json
import os
import sys
import traceback
from importlib import metadata

QUESTION = "What is the weather in Paris?"
SYSTEM = "You are a weather assistant."
MODEL, CLAUDE, GEMINI, EMBEDDER = "gpt-5-mini", "claude-sonnet-4-5", "gemini-2.5-flash", "text-embedding-3-small"
MESSAGES = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
CLAUDE_TOOL = {"name": "get_weather", "description": "The weather in a city.", "input_schema": TOOL["function"]["parameters"]}


EXPORTERS = "opentelemetry.exporter.otlp.proto.http."
OTEL_MODULES = (
    EXPORTERS + "trace_exporter",
    EXPORTERS + "_log_exporter",
    EXPORTERS + "metric_exporter",
    "opentelemetry.sdk.trace",
    "opentelemetry.sdk.metrics",
    "opentelemetry.sdk._logs",
)


def get_weather(city: str) -> str:
    """The weather in a city.

    Args:
        city: The city to look up.
    """
    return f"Sunny in {city}, 21 degrees."


def otel():
    """Sets the three signals up as a careful user would: batched, over OTLP/HTTP, flushed at the end."""
    import atexit

    from opentelemetry import _logs, metrics, trace
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    tracing = TracerProvider()
    tracing.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    logging = LoggerProvider()
    logging.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
    metering = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter())])
    trace.set_tracer_provider(tracing)
    _logs.set_logger_provider(logging)
    metrics.set_meter_provider(metering)
    for provider in (tracing, logging, metering):
        atexit.register(provider.shutdown)
    return {"tracer_provider": tracing, "logger_provider": logging, "meter_provider": metering}


class Client:
    """One client configuration: the package whose telemetry is recorded, what runs beside it, its scenarios.

    preload names modules that take long to import and neither read the environment nor start anything when they are."""

    def __init__(self, package, variant=None, also=(), preload=("openai",)):
        self.package, self.variant, self.also, self.preload, self.scenarios = package, variant, also, preload, {}

    def scenario(self, about):
        def keep(function):
            self.scenarios[function.__name__] = (about, function)
            return function

        return keep

    def describe(self):
        return {
            "client": self.package,
            "version": metadata.version(self.package),
            "variant": self.variant,
            "with": {name: metadata.version(name) for name in self.also},
            "scenarios": {name: about for name, (about, _) in self.scenarios.items()},
        }

    def main(self):
        """Describes itself, runs one scenario, or waits for orders, each carried out in a process of its own."""
        wanted = sys.argv[1]
        if wanted == "--describe":
            print(json.dumps(self.describe()))
        elif wanted == "--serve":
            self.serve()
        else:
            self.run(wanted)

    def serve(self):
        for name in (*OTEL_MODULES, *self.preload):
            importlib.import_module(name)
        for line in sys.stdin:
            order = json.loads(line)
            child = os.fork()
            if child == 0:
                os.chdir(order["home"])
                os.environ["HOME"] = order["home"]
                self.run(order["scenario"])
                return
            _, status = os.waitpid(child, 0)
            print(os.waitstatus_to_exitcode(status), flush=True)

    def run(self, wanted):
        try:
            self.scenarios[wanted][1]()
        except Exception:
            if "error" not in wanted:
                raise
            traceback.print_exc()
