// LangSmith's JavaScript client. Its argument says how runs are sent: multipart, single (each in a request of its own) or otel.
import { Client, RunTree } from 'langsmith';
import { getCurrentRunTree, traceable } from 'langsmith/traceable';
import { wrapOpenAI } from 'langsmith/wrappers';
import OpenAI from 'openai';

const model = 'gpt-5-mini';
const messages = [{ role: 'user', content: 'What is the weather in Paris?' }];
const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } } }];

const sessionId = '7b1f1f0e-3c69-4b5c-9d0c-2f1f5e3f9a10'; // what LangSmith calls a session is a project; without it the client warns

const mode = process.argv[2];
const { DEFAULT_LANGSMITH_SPAN_PROCESSOR: processor } = mode === 'otel' ? (await import('langsmith/experimental/otel/setup')).initializeOTEL() : {};
const client = new Client({ multipart: {}, single: { autoBatchTracing: false }, otel: { tracingMode: 'otel' } }[mode]);
const openai = new OpenAI({ maxRetries: 0 });
const ask = (name, more) => wrapOpenAI(openai, { name, client }).chat.completions.create({ model, messages, ...more });

const weather = traceable(async (city) => ({ sky: 'sunny', city }), { name: 'weather', run_type: 'tool', client });
const byHand = traceable(async (messages) => {
  const answer = await openai.chat.completions.create({ model, messages });
  return { message: answer.choices[0].message, usage_metadata: {
    input_tokens: answer.usage.prompt_tokens, output_tokens: answer.usage.completion_tokens, total_tokens: answer.usage.total_tokens,
    input_token_details: { cache_read: answer.usage.prompt_tokens_details.cached_tokens },
    output_token_details: { reasoning: answer.usage.completion_tokens_details.reasoning_tokens },
  } };
}, { name: 'by-hand', run_type: 'llm', metadata: { ls_provider: 'openai', ls_model_name: model }, client });
const nested = traceable(async () => byHand(messages), { name: 'nested', client });

const plan = traceable(async (city) => {
  await ask('ask', { temperature: 0.5 });
  const stream = await ask('ask-stream', { stream: true, stream_options: { include_usage: true } });
  for await (const _ of stream);
  await ask('ask-tool', { tools });
  await ask('refused').catch(() => {});
  await weather(city);
  await nested();
  return getCurrentRunTree().id;
}, { name: 'plan', tags: ['beta', 'eu'], metadata: { session_id: 'session-42', user_id: 'user-7' }, client });

const run = await plan('Paris');
await client.awaitPendingTraceBatches();
await processor?.forceFlush(); // users say what they think of an answer long after it was reported
await client.createFeedback(run, 'helpful', { score: 0.75, comment: 'close enough', sessionId });
await client.createFeedback(run, 'tone', { value: 'friendly', sessionId });

// A run that is told of by hand, its end in a request of its own.
const tree = new RunTree({ name: 'tree', run_type: 'chain', inputs: { a: 1 }, client });
await tree.postRun();
await client.awaitPendingTraceBatches();
await tree.end({ b: 2 });
await tree.patchRun();
await client.awaitPendingTraceBatches();
await processor?.shutdown();
console.log('done');
