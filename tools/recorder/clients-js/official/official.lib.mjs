import { Client, otel, require } from './common.mjs'
import { OPENAI, register, sdks } from './sdk_calls.mjs'

const client = new Client('@opentelemetry/instrumentation-openai', { also: ['openai', '@opentelemetry/sdk-trace-node'] })

function start(options) {
  const { OpenAIInstrumentation } = require('@opentelemetry/instrumentation-openai')
  return { flush: otel({ instrumentations: [new OpenAIInstrumentation(options)] }), ...sdks(require) }
}

register(client, start, { tables: [OPENAI] })
const content = Object.fromEntries(
  ['chat', 'tool_loop', 'chat_stream', 'responses', 'responses_tool'].map((name) => {
    const [about, ...run] = OPENAI[name]
    return [`${name}_content`, [`${about}; content captured`, ...run]]
  }),
)
register(client, () => start({ captureMessageContent: true }), { tables: [content] })
await client.main()
