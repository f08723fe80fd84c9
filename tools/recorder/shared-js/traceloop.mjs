// OpenLLMetry as its own SDK sets it up, the same for every version of it.
import { require } from './common.mjs'

export function start() {
  const traceloop = require('@traceloop/node-server-sdk')
  traceloop.initialize({
    appName: process.env.OTEL_SERVICE_NAME,
    apiKey: 'capture',
    baseUrl: process.env.SINK_URL,
    silenceInitializationMessage: true,
    traceloopSyncEnabled: false,
  })
  return () => traceloop.forceFlush()
}

/** A workflow around a task, as the SDK's decorators write them. */
export function around(run) {
  const traceloop = require('@traceloop/node-server-sdk')
  return traceloop.withWorkflow({ name: 'weather' }, () => traceloop.withTask({ name: 'ask' }, run))
}
