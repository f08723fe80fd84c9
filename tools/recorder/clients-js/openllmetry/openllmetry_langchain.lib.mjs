import { Client } from './common.mjs'
import { register } from './langchain_calls.mjs'
import { start } from './traceloop.mjs'

const client = new Client('@traceloop/node-server-sdk', {
  variant: 'langchain',
  also: ['langchain', '@langchain/core', '@langchain/openai', '@langchain/anthropic'],
})
register(client, start)
await client.main()
