import { Client, require } from './common.mjs'
import { register, sdks } from './sdk_calls.mjs'

const client = new Client('openlit', { also: ['openai', '@anthropic-ai/sdk'] })

function start() {
  const Openlit = require('openlit').default ?? require('openlit')
  Openlit.init({ applicationName: process.env.OTEL_SERVICE_NAME, environment: 'production', otlpEndpoint: process.env.SINK_URL })
  // It gives nothing to flush with; its batches leave within five seconds.
  return { flush: () => new Promise((done) => setTimeout(done, 6000)), ...sdks(require) }
}

register(client, start)
await client.main()
