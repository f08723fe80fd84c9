// What every client script shares: the question, the tool, the SDK set-up, and the way the recorder calls it.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

// Instrumentations hook require, so scripts load what is instrumented with it, after the hooks are in place.
export const require = createRequire(import.meta.url)

export const QUESTION = 'What is the weather in Paris?'
export const SYSTEM = 'You are a weather assistant.'
export const MODEL = 'gpt-5-mini'
export const CLAUDE = 'claude-sonnet-4-5'
export const EMBEDDER = 'text-embedding-3-small'
export const MESSAGES = [
  { role: 'system', content: SYSTEM },
  { role: 'user', content: QUESTION },
]
export const CITY = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}
export const DESCRIPTION = 'The weather in a city.'
export const getWeather = ({ city }) => `Sunny in ${city}, 21 degrees.`

// 70 messages: more attributes than a span may hold by default.
export const HISTORY = [
  MESSAGES[0],
  ...Array.from({ length: 68 }, (_, i) => ({ role: i % 2 ? 'assistant' : 'user', content: `Message ${i}.` })),
  MESSAGES[1],
]

/** Traces, and logs where the packages are there, as a careful user would set them up: batched, over OTLP, flushed at the end. */
export function otel({ instrumentations = [], processors } = {}) {
  const { NodeTracerProvider, BatchSpanProcessor } = require('@opentelemetry/sdk-trace-node')
  const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-proto')
  const { resourceFromAttributes, defaultResource } = require('@opentelemetry/resources')
  const resource = defaultResource().merge(resourceFromAttributes({ 'service.name': process.env.OTEL_SERVICE_NAME }))
  const exporter = new OTLPTraceExporter()
  const made = processors ? processors(exporter) : [new BatchSpanProcessor(exporter)]
  const tracing = new NodeTracerProvider({ resource, spanProcessors: made })
  tracing.register()
  const providers = { tracerProvider: tracing }
  try {
    const { LoggerProvider, BatchLogRecordProcessor } = require('@opentelemetry/sdk-logs')
    const { OTLPLogExporter } = require('@opentelemetry/exporter-logs-otlp-proto')
    const batch = new BatchLogRecordProcessor({ exporter: new OTLPLogExporter() })
    providers.loggerProvider = new LoggerProvider({ resource, processors: [batch] })
    require('@opentelemetry/api').logs.setGlobalLoggerProvider(providers.loggerProvider)
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error
  }
  if (instrumentations.length) {
    require('@opentelemetry/instrumentation').registerInstrumentations({ ...providers, instrumentations })
  }
  return async () => {
    for (const provider of Object.values(providers)) await provider.shutdown()
  }
}

function version(name) {
  const folder = new URL(`./node_modules/${name}/package.json`, import.meta.url)
  return JSON.parse(readFileSync(folder, 'utf8')).version
}

/** One client configuration: the package whose telemetry is recorded, what runs beside it, its scenarios. */
export class Client {
  scenarios = {}

  constructor(name, { variant = null, also = [] } = {}) {
    Object.assign(this, { name, variant, also })
  }

  /** run starts the instrumentation itself and returns what flushes it. */
  scenario(name, about, run) {
    this.scenarios[name] = { about, run }
  }

  async main() {
    const wanted = process.argv[2]
    if (wanted === '--describe') {
      const scenarios = Object.fromEntries(Object.entries(this.scenarios).map(([name, s]) => [name, s.about]))
      const also = Object.fromEntries(this.also.map((name) => [name, version(name)]))
      console.log(JSON.stringify({ client: this.name, version: version(this.name), variant: this.variant, with: also, scenarios }))
      return
    }
    await this.scenarios[wanted].run()
    process.exit(0) // keep-alive sockets and timers of clients must not hold a recording up
  }
}

/** Refused calls are scenarios too: the error is the expected end of them, and of nothing else. */
export async function call(name, run) {
  try {
    await run()
  } catch (error) {
    if (!name.includes('error')) throw error
    console.error(String(error))
  }
}
