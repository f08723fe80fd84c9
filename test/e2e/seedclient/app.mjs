// Sends every kind of event with the original client and prints the id of each under a name: `name<TAB>id`.
import { WatchLLM } from './watchllm.mjs';

// What a browser has and Node.js does not.
const page = new EventTarget();
if (process.argv[2] === 'page') {
  globalThis.document = {};
  globalThis.addEventListener = page.addEventListener.bind(page);
  const sendBeacon = (url, blob) => { fetch(url, { method: 'POST', body: blob }); return true; };
  Object.defineProperty(globalThis, 'navigator', { value: { sendBeacon } });
}

const client = new WatchLLM({ apiKey: process.env.WATCHLLM_API_KEY, projectId: process.env.WATCHLLM_PROJECT_ID, host: process.env.WATCHLLM_HOST });
const sent = (name, id) => { console.log(`${name}\t${id}`); return id; };
const traceId = '4bf92f35-77b3-4da6-a3ce-929d0e0e4736'; // a UUID, as crypto.randomUUID makes them
const ids = { traceId, userId: 'ada', sessionId: 'chat-1' };

sent('log', client.captureLog('info', 'ready', { port: 8080 }));
sent('log without metadata', client.captureLog('warn', 'hm'));
sent('error', client.captureError(new TypeError('x is not a function'), ids));
sent('usage without a cost', client.captureLLMUsage('gpt-5-mini', 1037, 211));
sent('usage with a cost', client.captureLLMUsage('gpt-5-mini', 1037, 211, 0.0123));
sent('usage with a cost of 0', client.captureLLMUsage('gpt-5-mini', 1037, 211, 0));
const call = sent('model_response', client.captureModelResponse({
  model: 'gpt-5-mini', prompt: 'What is the weather?', response: 'Sunny.', latencyMs: 850, finishReason: 'stop',
  usage: { inputTokens: 1037, outputTokens: 211, totalTokens: 1248 } }, ids));
sent('model_response without usage', client.captureModelResponse({ model: 'gpt-5-mini', prompt: 'Hi', response: 'Hello', latencyMs: 12.5 }));
sent('model_response that failed', client.captureModelResponse({
  model: 'claude-sonnet-4-5', prompt: [{ role: 'user', content: 'Hi' }], response: '', latencyMs: 30000, success: false }, { ...ids, parentEventId: call }));
// The tenth: the first batch goes.
sent('span', client.captureEvent('span', {
  spanId: 'a1b2c3d4e5f60718', name: 'render', start: '2026-11-23T10:00:00.000Z', end: '2026-11-23T10:00:00.500Z', attributes: { 'page.name': 'home' } }, ids));
sent('message', client.captureEvent('message', { role: 'user', content: [{ type: 'text', text: 'Hi' }], metadata: { lang: 'en' } }, ids));
sent('agent_action', client.captureEvent('agent_action', { action: 'plan', input: { goal: 'ship' } }));
sent('retrieval', client.captureEvent('retrieval', { query: 'ship', results: [] }));
sent('tool_call', client.captureEvent('tool_call', { toolName: 'ship', arguments: '{"id":7}', result: 'ok', latencyMs: 0 }, null));
sent('eval_metric', client.captureEvent('eval_metric', { suiteId: 's', metric: 'ok', value: 1 }, ids));
sent('custom', client.captureEvent('custom', { name: 'done', payload: 'text' }, ids));
// Less than ten: they go at the end of the process, with the signal that ends it, or when the page goes away.
await client.sending;
if (process.argv[2] === 'page') page.dispatchEvent(new Event('pagehide'));
if (process.argv[2] === 'wait') setInterval(() => {}, 1000);
