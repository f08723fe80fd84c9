// LangSmith's own tracing, posted to its API.

import { langsmithScenarios } from './langsmith_calls.mjs';
import { main } from './agent_client.mjs';

Object.assign(process.env, {
  LANGSMITH_TRACING: 'true',
  LANGSMITH_ENDPOINT: process.env.SINK_URL,
  LANGSMITH_API_KEY: 'ls-capture',
  LANGSMITH_PROJECT: 'weather-app',
});

async function traced(work) {
  const { Client } = await import('langsmith');
  const client = new Client();
  try {
    await work({ client });
  } finally {
    await client.awaitPendingTraceBatches();
  }
}

await main({ client: 'langsmith', also: ['openai', '@langchain/core', '@langchain/openai'], scenarios: langsmithScenarios(traced) });
