import { Client, require } from './common.mjs'
import { register, sdks } from './sdk_calls.mjs'

const client = new Client('@lmnr-ai/lmnr', { also: ['openai', '@anthropic-ai/sdk'] })

function start() {
  const { Laminar, observe } = require('@lmnr-ai/lmnr')
  const { port } = new URL(process.env.SINK_URL)
  Laminar.initialize({ projectApiKey: 'capture', baseUrl: 'http://127.0.0.1', httpPort: Number(port), forceHttp: true })
  return { flush: () => Laminar.shutdown(), around: (run) => observe({ name: 'weather' }, run), ...sdks(require) }
}

register(client, start)
await client.main()
