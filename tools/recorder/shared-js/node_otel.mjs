// OpenTelemetry as a careful user would set it up: batched, over OTLP/HTTP, flushed at the end.

import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { resourceFromAttributes } from '@opentelemetry/resources';

export function startTracing() {
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'weather-app' }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  provider.register();
  return provider;
}

// traced runs work under a tracer provider and sends what it left behind, also when it failed.
export async function traced(work) {
  const provider = startTracing();
  try {
    return await work(provider);
  } finally {
    await provider.shutdown();
  }
}
