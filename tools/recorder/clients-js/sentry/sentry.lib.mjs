import { Client, require } from './common.mjs'
import { register, sdks } from './sdk_calls.mjs'

const client = new Client('@sentry/node', { also: ['openai', '@anthropic-ai/sdk'] })

function start() {
  const Sentry = require('@sentry/node')
  const dsn = process.env.SINK_URL.replace('://', '://capture@') + '/1'
  Sentry.init({ dsn, tracesSampleRate: 1, streamGenAiSpans: true })
  return {
    flush: () => Sentry.flush(5000),
    around: (run) => Sentry.startSpan({ name: 'ask', op: 'function' }, run),
    ...sdks(require),
  }
}

register(client, start)
await client.main()
