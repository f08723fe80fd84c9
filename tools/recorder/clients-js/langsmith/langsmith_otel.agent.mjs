// LangSmith's tracing, sent as OpenTelemetry spans.

import { langsmithScenarios } from './langsmith_calls.mjs';
import { main } from './agent_client.mjs';

Object.assign(process.env, {
  LANGSMITH_TRACING: 'true',
  LANGSMITH_OTEL_ENABLED: 'true',
  LANGSMITH_ENDPOINT: process.env.SINK_URL,
  LANGSMITH_API_KEY: 'ls-capture',
  LANGSMITH_PROJECT: 'weather-app',
});

async function traced(work) {
  const { initializeOTEL } = await import('langsmith/experimental/otel/setup');
  const { Client } = await import('langsmith');
  const { DEFAULT_LANGSMITH_SPAN_PROCESSOR } = initializeOTEL();
  const client = new Client();
  try {
    await work({ client });
  } finally {
    await new Promise((done) => setTimeout(done, 500)); // a stream's end is traced after its reader is done
    await client.awaitPendingTraceBatches();
    await DEFAULT_LANGSMITH_SPAN_PROCESSOR.shutdown();
  }
}

await main({
  client: 'langsmith',
  variant: 'otel',
  also: ['openai', '@langchain/core', '@langchain/openai'],
  scenarios: langsmithScenarios(traced),
});
