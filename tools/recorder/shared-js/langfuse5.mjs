// Langfuse 5 as its documentation sets it up: a span processor, and wrappers of clients.
import { require } from './common.mjs'

const KEYS = { publicKey: 'pk-lf-capture', secretKey: 'sk-lf-capture' }

export function start({ instrumentations = [] } = {}) {
  const { NodeTracerProvider } = require('@opentelemetry/sdk-trace-node')
  const { resourceFromAttributes } = require('@opentelemetry/resources')
  const { LangfuseSpanProcessor } = require('@langfuse/otel')
  const { observeOpenAI } = require('@langfuse/openai')
  const { registerInstrumentations } = require('@opentelemetry/instrumentation')
  // A second instrumentation's spans go the same way only if the processor's filter lets them.
  const processor = new LangfuseSpanProcessor({ ...KEYS, baseUrl: process.env.SINK_URL, shouldExportSpan: () => true })
  const resource = resourceFromAttributes({ 'service.name': process.env.OTEL_SERVICE_NAME })
  const tracerProvider = new NodeTracerProvider({ resource, spanProcessors: [processor] })
  tracerProvider.register()
  registerInstrumentations({ tracerProvider, instrumentations })
  return {
    OpenAI: (options) => observeOpenAI(new (require('openai').OpenAI)(options)),
    flush: () => tracerProvider.shutdown(),
  }
}
