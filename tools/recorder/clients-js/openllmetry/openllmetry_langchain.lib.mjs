import { Client } from './common.mjs'
import { register } from './langchain_calls.mjs'
import { start } from './traceloop.mjs'

const client = new Client('@traceloop/node-server-sdk', {
  variant: 'langchain',
  also: ['langchain', '@langchain/core', '@langchain/openai', '@langchain/anthropic'],
})
// Its two instrumentations disagree by the output of a stream's first event, and by their clocks when a call takes a few milliseconds
// as here: what they report cannot be told from two calls.
register(client, start, { skip: ['anthropic_stream', 'anthropic_tool'] })
await client.main()
