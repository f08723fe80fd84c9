import { Client, require } from './common.mjs'
import { register, sdks } from './sdk_calls.mjs'
import { around, start } from './traceloop.mjs'

const client = new Client('@traceloop/node-server-sdk', { also: ['openai', '@anthropic-ai/sdk'] })
register(client, () => ({ flush: start(), around, ...sdks(require) }))
await client.main()
