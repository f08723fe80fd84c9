"""One call with OpenAI's own client, traced by OpenTelemetry's official instrumentation.

OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS say where the spans go; nothing here knows WatchLLM.
"""

import sys

from openai import OpenAI, OpenAIError
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

tracing = TracerProvider()
tracing.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(tracing)
OpenAIInstrumentor().instrument()

try:
    answer = OpenAI().chat.completions.create(
        model="gpt-5-mini",
        messages=[{"role": "user", "content": "What is the weather in Paris?"}],
    )
    print(answer.choices[0].message.content)
except OpenAIError as error:
    sys.exit(f"the provider answered: {error}")
finally:
    tracing.shutdown()
